/** The bank: an HTTP server that sends no spans, like most third parties. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Faults, SLOW_BANK_MS, SLOW_COUNTRY } from '../faults.ts'

const AUTHORIZE_MS = 8
const RATES_MS = 15

/** Starts it on a free port. Answers POST /authorize and GET /rates. */
export async function startBank(faults: Faults): Promise<{ url: string; close(): void }> {
  const server = createServer(async (request, response) => {
    request.resume()
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://bank')
    await sleep(about(pathname === '/rates' ? RATES_MS : AUTHORIZE_MS))
    if (faults.isActive('slow-bank')) await sleep(SLOW_BANK_MS)
    if (faults.isActive('slow-country') && searchParams.get('country') === SLOW_COUNTRY.code)
      await sleep(SLOW_COUNTRY.milliseconds)
    response.setHeader('content-type', 'application/json').end('{"rate":1,"authorized":true}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** Milliseconds of a log-normal kind: most are near the median, a few take thrice as long. */
function about(median: number): number {
  let sum = -3
  for (let i = 0; i < 6; i++) sum += Math.random()
  return median * Math.exp(0.6 * sum)
}

/** The shop's process: telemetry first, then the shop; both stopped in order at SIGTERM. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { createFaults, FAULTS } from './faults.ts'
import { startTelemetry } from './telemetry.ts'

const FAILED = 1
const USAGE = 2
const CLOSE_WITHIN_MS = 2000
const HANG_UP_EVERY_MS = 20

if (process.argv.includes('--faults')) {
  for (const { name, sentence } of FAULTS) process.stdout.write(`${name.padEnd(20)}${sentence}\n`)
} else {
  await serve()
}

async function serve(): Promise<void> {
  const port = readPort()
  const host = process.env.HOST || '127.0.0.1'
  const faults = readFaults()
  const telemetry = startTelemetry('shop')

  // What there is to put away, the last first; from the beginning, since a signal may come while the shop still opens.
  const leftovers: (() => unknown)[] = []
  let stopping = false
  async function stop(code: number): Promise<void> {
    if (stopping) return
    stopping = true
    for (const putAway of leftovers.reverse()) await putAway()
    process.exit(code)
  }
  process.on('SIGTERM', () => stop(0))
  process.on('SIGINT', () => stop(0))
  // Whoever forked the shop is gone.
  process.on('disconnect', () => stop(0))

  // Loaded only now: libsql is an optional dependency.
  const { openShop } = await import('./shop.ts').catch(withoutLibrary)
  const folder = process.env.SHOP_DB ? undefined : mkdtempSync(join(tmpdir(), 'shop-'))
  if (folder) leftovers.push(() => rmSync(folder, { recursive: true, force: true }))
  const shop = await openShop(process.env.SHOP_DB || join(folder ?? '', 'shop.db'), faults)
  const server = createServer(getRequestListener(shop.app.fetch))
  leftovers.push(shop.close, telemetry.stop, () => closeServer(server))

  server.on('error', (error: NodeJS.ErrnoException) => {
    const reason = error.code === 'EADDRINUSE' ? 'the port is in use' : error.message
    say(
      `The shop cannot listen on ${host}:${port}: ${reason}`,
      'Set PORT to another one, or to 0 for any that is free',
    )
    stop(FAILED)
  })
  server.listen(port, host, () => {
    const address = server.address() as AddressInfo
    const listening = { event: 'listening', port: address.port, pid: process.pid }
    process.send?.(listening)
    process.stderr.write(`${JSON.stringify(listening)}\n`)
  })
}

/** Answers what has been asked, and no more; cuts off whoever takes too long. */
function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    if (!server.listening) return resolve()
    // A connection whose last answer is out would otherwise be kept for a next request.
    const hangUp = setInterval(() => server.closeIdleConnections(), HANG_UP_EVERY_MS)
    const cutOff = setTimeout(() => server.closeAllConnections(), CLOSE_WITHIN_MS)
    server.close(() => {
      clearInterval(hangUp)
      clearTimeout(cutOff)
      resolve()
    })
  })
}

function readPort(): number {
  const text = process.env.PORT || '8000'
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65535) return port
  return refuse(
    `PORT is "${text}", which is no port`,
    'Use a number from 0 (any free one) to 65535',
  )
}

function readFaults() {
  try {
    return createFaults(process.env.SHOP_FAULTS)
  } catch (error) {
    return refuse(
      `SHOP_FAULTS: ${(error as Error).message}`,
      `Use any of: ${FAULTS.map(({ name }) => name).join(', ')}`,
    )
  }
}

function withoutLibrary(error: NodeJS.ErrnoException): never {
  if (!error.code?.endsWith('MODULE_NOT_FOUND')) throw error
  return refuse(
    'The shop needs the optional package libsql, which is not installed',
    'npm install libsql',
  )
}

function refuse(message: string, hint: string): never {
  say(message, hint)
  process.exit(USAGE)
}

function say(message: string, hint: string): void {
  process.stderr.write(`${message}\n  ${hint}\n`)
}

/** The shop's process. Telemetry starts first and stops last. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { createFaults, FAULTS, type Faults } from './faults.ts'

const FAILED = 1
const USAGE = 2
const CLOSE_WITHIN_MS = 2000
const HANG_UP_EVERY_MS = 20
/** Timers of Node overflow beyond it. */
const MOST_DELAY_MS = 2 ** 31 - 1
/** Stock and purses are enough for an hour of the demo's traffic. */
const REFILL_EVERY_MS = 3_600_000

if (process.argv.includes('--faults')) {
  for (const { name, sentence } of FAULTS) process.stdout.write(`${name.padEnd(20)}${sentence}\n`)
} else {
  await serve()
}

async function serve(): Promise<void> {
  const port = readPort()
  const host = process.env.HOST || '127.0.0.1'
  const faults = readFaults()
  // Imported here because the SDK takes longest to load, and a refusal needs none.
  const { startTelemetry } = await import('./telemetry/telemetry.ts')
  const telemetry = startTelemetry('shop')

  // Cleanup in reverse order. A signal may arrive while the shop is still opening.
  const cleanups: (() => unknown)[] = []
  let stopping = false
  async function stop(code: number): Promise<void> {
    if (stopping) return
    stopping = true
    for (const cleanUp of cleanups.reverse()) await cleanUp()
    process.exit(code)
  }
  process.on('SIGTERM', () => stop(0))
  process.on('SIGINT', () => stop(0))
  // Benchmarks say when, instead of a delay.
  process.on('message', () => faults.begin())
  // The parent process has ended.
  process.on('disconnect', () => stop(0))

  // Imported here because libsql is an optional dependency.
  const { openShop } = await import('./shop.ts').catch(withoutLibrary)
  const folder = process.env.SHOP_DB ? undefined : mkdtempSync(join(tmpdir(), 'shop-'))
  if (folder) cleanups.push(() => rmSync(folder, { recursive: true, force: true }))
  const payments =
    faults.needsPayments || process.env.SHOP_PAYMENTS
      ? await openPayments(faults, cleanups)
      : undefined
  const database = process.env.SHOP_DB || join(folder ?? '', 'shop.db')
  const shop = await openShop(database, faults, payments)
  const server = createServer(getRequestListener(shop.app.fetch))
  cleanups.push(shop.close, telemetry.stop, () => closeServer(server))
  if (folder) {
    const refilling = setInterval(
      () =>
        shop
          .refill()
          .catch((error) =>
            say(`The shop could not be refilled: ${error}`, 'It tries again in an hour'),
          ),
      REFILL_EVERY_MS,
    )
    cleanups.push(() => clearInterval(refilling))
  }

  server.on('error', (error: NodeJS.ErrnoException) => {
    const reason = error.code === 'EADDRINUSE' ? 'the port is in use' : error.message
    say(
      `The shop cannot listen on ${host}:${port}: ${reason}`,
      'Set PORT to another port, or to 0 for any free one',
    )
    stop(FAILED)
  })
  server.listen(port, host, () => {
    const address = server.address() as AddressInfo
    const listening = { event: 'listening', port: address.port, pid: process.pid }
    process.send?.(listening)
    setTimeout(() => faults.begin(), Math.min(readDelay(), MOST_DELAY_MS)).unref()
    process.stderr.write(`${JSON.stringify(listening)}\n`)
  })
}

/** Starts the payment service, with a folder of its own for the charges. */
async function openPayments(faults: Faults, cleanups: (() => unknown)[]) {
  const { startHosts } = await import('./payment/hosts.ts')
  const { createPayments } = await import('./payment/client.ts')
  const folder = mkdtempSync(join(tmpdir(), 'shop-payment-'))
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }))
  const hosts = await startHosts(folder, faults)
  cleanups.push(hosts.stop)
  return createPayments(hosts.urls)
}

/** Finishes open requests, for at most two seconds, and accepts no more. */
function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    if (!server.listening) return resolve()
    // Keep-alive would hold an answered connection open for another request.
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
  return refuse(`PORT is not a port: "${text}"`, 'Use a number from 0 (any free port) to 65535')
}

function readFaults() {
  try {
    return createFaults(process.env.SHOP_FAULTS, readDelay() === 0)
  } catch (error) {
    return refuse(
      `SHOP_FAULTS: ${(error as Error).message}`,
      `Use any of: ${FAULTS.map(({ name }) => name).join(', ')}`,
    )
  }
}

/** Milliseconds before the faults begin. */
function readDelay(): number {
  const text = process.env.SHOP_FAULTS_AFTER || '0'
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000
  return refuse(
    `SHOP_FAULTS_AFTER is not a number of seconds: "${text}"`,
    'Use 60 for a minute after the start',
  )
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

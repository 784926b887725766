/** The process of one host of the payment service, started by the shop. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { createFaults } from '../faults.ts'
import { startTelemetry } from '../telemetry/telemetry.ts'

const { PAYMENT_HOST = '', PAYMENT_VERSION = '', PAYMENT_LEDGER = '' } = process.env
const faults = createFaults(process.env.SHOP_FAULTS, false)
const telemetry = startTelemetry('payment', {
  'service.version': PAYMENT_VERSION,
  'host.name': PAYMENT_HOST,
})
const { createPaymentApp } = await import('./app.ts')
const { startBank } = await import('./bank.ts')
const { openLedger } = await import('./ledger.ts')
const ledger = await openLedger(PAYMENT_LEDGER)
const bank = await startBank(faults)
const host = { name: PAYMENT_HOST, version: PAYMENT_VERSION, bank: bank.url, ledger }
const server = createServer(getRequestListener(createPaymentApp(host, faults).fetch))
server.listen(0, '127.0.0.1', () => {
  process.send?.({ event: 'listening', port: (server.address() as AddressInfo).port })
})

let stopping = false
async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  server.close()
  server.closeIdleConnections()
  await telemetry.stop()
  bank.close()
  ledger.close()
  process.exit(0)
}
process.on('message', () => faults.begin())
process.on('SIGTERM', stop)
// The shop stops it, so that requests of the shop are answered.
process.on('SIGINT', () => {})
// The shop has ended.
process.on('disconnect', stop)

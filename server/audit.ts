/** The shop's log lines, also log records. Purchases go to stdout, errors to stderr. */
import { trace } from '@opentelemetry/api'
import { logs, SeverityNumber } from '@opentelemetry/api-logs'
import { packageVersion } from '../package.ts'
import { now } from './clock.ts'

const LOGGER = 'shop.service'
const logger = logs.getLogger('shop', packageVersion())

/** Writes a purchase as one JSON line to stdout, for audits. */
export function auditPurchase(purchase: {
  userId: string
  productId: string
  quantity: number
}): void {
  const event = 'product bought'
  const attributes = {
    product_id: purchase.productId,
    user_id: purchase.userId,
    product_quantity: purchase.quantity,
    audit: 'true',
  }
  process.stdout.write(line('info', event, attributes))
  logger.emit({
    timestamp: now(),
    severityNumber: SeverityNumber.INFO,
    severityText: 'INFO',
    body: event,
    attributes,
  })
}

/** Writes a failure of the shop itself as one JSON line to stderr. */
export function logError(event: string, error: Error): void {
  const attributes = { 'exception.type': error.name, 'exception.message': error.message }
  process.stderr.write(line('error', event, attributes))
  logger.emit({
    timestamp: now(),
    severityNumber: SeverityNumber.ERROR,
    severityText: 'ERROR',
    body: event,
    attributes: { ...attributes, 'exception.stacktrace': error.stack ?? '' },
  })
}

function line(
  level: 'info' | 'error',
  event: string,
  attributes: Record<string, string | number>,
): string {
  const span = trace.getActiveSpan()?.spanContext()
  const record = {
    ...attributes,
    event,
    level,
    logger: LOGGER,
    pid: process.pid,
    trace_id: span?.traceId,
    span_id: span?.spanId,
    timestamp: new Date().toISOString(),
  }
  return `${JSON.stringify(record)}\n`
}

/** The shop's few log lines, each also sent as a log record: purchases on stdout, errors on stderr; for the layers and main.ts. */
import { trace } from '@opentelemetry/api'
import { logs, SeverityNumber } from '@opentelemetry/api-logs'
import { packageVersion } from '../package.ts'
import { now } from './clock.ts'

const LOGGER = 'shop.service'
const logger = logs.getLogger('shop', packageVersion())

/** One JSON line on stdout, for whoever must be able to prove the purchase. */
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

/** One JSON line on stderr, for a failure that is the shop's own fault. */
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

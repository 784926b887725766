/** Start and stop of the OpenTelemetry SDK. */
import { type Attributes, DiagLogLevel, diag } from '@opentelemetry/api'
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { packageVersion } from '../../package.ts'

// Defaults of the standard variables. Metrics are queries over spans, so none are sent. A purchase
// is 22 spans: the SDK's own queue of 2048 would overflow at 100 requests per second.
const DEFAULTS = {
  OTEL_METRICS_EXPORTER: 'none',
  OTEL_NODE_RESOURCE_DETECTORS: 'all',
  OTEL_BSP_SCHEDULE_DELAY: '1000',
  OTEL_BSP_MAX_QUEUE_SIZE: '32768',
}

const STOP_WITHIN_MS = 3000
const SAME_WARNING_EVERY_MS = 30_000

interface Telemetry {
  /** Flushes for at most three seconds. */
  stop(): Promise<void>
}

/**
 * Exports spans and log records by the OTEL_* variables, which may override the name.
 * @param own attributes of the resource; `host.name` is then not detected
 */
export function startTelemetry(serviceName: string, own: Attributes = {}): Telemetry {
  if (own['host.name']) process.env.OTEL_NODE_RESOURCE_DETECTORS = 'env,os,process,serviceinstance'
  for (const [name, value] of Object.entries(DEFAULTS)) process.env[name] ||= value
  // With OTEL_LOG_LEVEL, the SDK installs its own logger.
  if (!process.env.OTEL_LOG_LEVEL) diag.setLogger(stderrLogger(), DiagLogLevel.WARN)
  const sdk = new NodeSDK({
    resource: defaultResource().merge(
      resourceFromAttributes({
        'service.name': serviceName,
        'service.version': packageVersion(),
        'deployment.environment.name': 'development',
        ...own,
      }),
    ),
  })
  sdk.start()
  return {
    async stop() {
      const timeout = new Promise<'late'>((resolve) => {
        setTimeout(resolve, STOP_WITHIN_MS, 'late').unref()
      })
      const outcome = await Promise.race([sdk.shutdown().catch(warn), timeout])
      if (outcome === 'late') warn(new Error(`not flushed within ${STOP_WITHIN_MS} ms`))
    },
  }
}

function warn(error: Error): void {
  diag.error(error.message)
}

/** Logs each of the SDK's warnings, the same text at most every 30 seconds. */
function stderrLogger() {
  const lastTime = new Map<string, number>()
  const say = (message: string) => {
    const now = Date.now()
    const text = firstLine(message)
    if (now - (lastTime.get(text) ?? 0) < SAME_WARNING_EVERY_MS) return
    lastTime.set(text, now)
    process.stderr.write(
      `${JSON.stringify({ event: `telemetry: ${text}`, level: 'warn', logger: 'shop.telemetry', pid: process.pid, timestamp: new Date(now).toISOString() })}\n`,
    )
  }
  const nothing = () => {}
  return { error: say, warn: say, info: nothing, debug: nothing, verbose: nothing }
}

/** The first line of a message. The SDK logs errors as JSON, with a stack. */
function firstLine(message: string): string {
  try {
    return String(JSON.parse(message).message).split('\n')[0] ?? ''
  } catch {
    return message.split('\n')[0] ?? ''
  }
}

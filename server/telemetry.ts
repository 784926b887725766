/** Starts and stops the OpenTelemetry SDK: the only importer of @opentelemetry/sdk-node, started before all else by the processes. */
import { DiagLogLevel, diag } from '@opentelemetry/api'
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { packageVersion } from '../package.ts'

// What the standard variables say when nobody set them. Metrics are questions asked of spans here, so none are sent. A
// purchase is 22 spans: the SDK's own queue of 2048 would drop some at 100 requests a second.
const DEFAULTS = {
  OTEL_METRICS_EXPORTER: 'none',
  OTEL_NODE_RESOURCE_DETECTORS: 'all',
  OTEL_BSP_SCHEDULE_DELAY: '1000',
  OTEL_BSP_MAX_QUEUE_SIZE: '32768',
}

const STOP_WITHIN_MS = 3000
const SAME_COMPLAINT_EVERY_MS = 30_000

interface Telemetry {
  /** Sends what has not been sent, as far as that goes within three seconds. */
  stop(): Promise<void>
}

/** Sends spans and log records as the OTEL_* variables say; the name is the service's unless they give another. */
export function startTelemetry(serviceName: string): Telemetry {
  for (const [name, value] of Object.entries(DEFAULTS)) process.env[name] ||= value
  // Set, OTEL_LOG_LEVEL makes the SDK install a logger of its own.
  if (!process.env.OTEL_LOG_LEVEL) diag.setLogger(stderrLogger(), DiagLogLevel.WARN)
  const sdk = new NodeSDK({
    resource: defaultResource().merge(
      resourceFromAttributes({
        'service.name': serviceName,
        'service.version': packageVersion(),
        'deployment.environment.name': 'development',
      }),
    ),
  })
  sdk.start()
  return {
    async stop() {
      const timeout = new Promise<'late'>((resolve) => {
        setTimeout(resolve, STOP_WITHIN_MS, 'late').unref()
      })
      const outcome = await Promise.race([sdk.shutdown().catch(complain), timeout])
      if (outcome === 'late') complain(new Error(`not flushed within ${STOP_WITHIN_MS} ms`))
    },
  }
}

function complain(error: Error): void {
  diag.error(error.message)
}

/** One line for each complaint of the SDK, and not the same one at every attempt. */
function stderrLogger() {
  const lastTime = new Map<string, number>()
  const say = (message: string) => {
    const now = Date.now()
    const text = firstSentence(message)
    if (now - (lastTime.get(text) ?? 0) < SAME_COMPLAINT_EVERY_MS) return
    lastTime.set(text, now)
    process.stderr.write(
      `${JSON.stringify({ event: `telemetry: ${text}`, level: 'warn', logger: 'shop.telemetry', pid: process.pid, timestamp: new Date(now).toISOString() })}\n`,
    )
  }
  const nothing = () => {}
  return { error: say, warn: say, info: nothing, debug: nothing, verbose: nothing }
}

/** The SDK passes errors as JSON, with the stack and the whole request in it. */
function firstSentence(message: string): string {
  try {
    return String(JSON.parse(message).message).split('\n')[0] ?? ''
  } catch {
    return message.split('\n')[0] ?? ''
  }
}

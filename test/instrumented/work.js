/** The project's test: the OpenTelemetry SDK as its environment configures it, and 60 spans. */
import { trace } from '@opentelemetry/api'
import { NodeSDK } from '@opentelemetry/sdk-node'

const sdk = new NodeSDK({ serviceName: 'app' })
sdk.start()
const tracer = trace.getTracer('work')
for (let i = 0; i < 60; i++) tracer.startActiveSpan('work', (span) => span.end())
await sdk.shutdown()

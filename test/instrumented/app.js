/** A small program that sends one span a call as OTLP JSON, as its environment says. */
const [count = '60', code = '0', orphan = ''] = process.argv.slice(2)
const hex = (bytes) => Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('hex')
const at = BigInt(Date.now()) * 1_000_000n
const pairs = (process.env.OTEL_RESOURCE_ATTRIBUTES ?? '').split(',').filter(Boolean)
const attributes = [...pairs.map((pair) => pair.split('=')), ['service.name', 'app']].map(
  ([key, stringValue]) => ({ key, value: { stringValue } }),
)
const spans = Array.from({ length: Number(count) }, (_, i) => ({
  traceId: hex(16),
  spanId: hex(8),
  ...(orphan && { parentSpanId: hex(8) }),
  name: 'work',
  kind: 2,
  startTimeUnixNano: String(at),
  endTimeUnixNano: String(at + BigInt(10_000_000 + i * 1000)),
}))
if (spans.length > 0) {
  await fetch(`${process.env.OTEL_EXPORTER_OTLP_ENDPOINT}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans }] }],
    }),
  })
}
process.exitCode = Number(code)

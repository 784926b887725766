/** Requests in which nothing is known: refused before the spool. */
import { expect, test } from 'vitest'
import { jsonToProtobuf } from '../otlp/json.ts'
import { SIGNALS, type Signal } from '../otlp/proto.ts'
import { MalformedRequestError } from '../otlp/scan.ts'
import { receiver } from './accept.ts'

const unreached = () => {
  throw new Error('unreached')
}
const take = receiver({} as never, unreached, unreached)
const receive = (signal: Signal, request: Buffer) => take({ signal, request, isJson: false })

test('a request of only unknown protobuf fields is refused', async () => {
  const refused = receive('traces', Buffer.from('\x7a\x03abc'))
  await expect(refused).rejects.toThrow(MalformedRequestError)
  await expect(refused).rejects.toThrow('it has no traces, and field 15 is not a field of OTLP')
})

test.each(
  SIGNALS.flatMap((sent) => SIGNALS.filter((at) => at !== sent).map((at) => [sent, at] as const)),
)('%s at the path of %s are sent to theirs', async (sent, at) => {
  const rows = {
    traces: `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"${'ab'.repeat(16)}","name":"GET"}]}]}]}`,
    logs: '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":1,"body":{"stringValue":"hi"}}]}]}]}',
    metrics:
      '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","gauge":{"dataPoints":[{"asInt":1}]}}]}]}]}',
  }
  const request = jsonToProtobuf(sent, Buffer.from(rows[sent]))
  await expect(receive(at, request)).rejects.toThrow(`it holds ${sent}, which go to /v1/${sent}`)
})

test.each(['', '\x0a\x00', '\x7a\x03abc\x0a\x00'])(
  'an empty request is taken: %j',
  async (text) => {
    await receive('traces', Buffer.from(text))
  },
)

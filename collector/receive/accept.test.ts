/** Requests that are refused before the spool: of unknown content, or too late. */
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../test/folder.ts'
import { admission, RetryLaterError } from '../ingest/admission.ts'
import { Spool } from '../ingest/spool.ts'
import { jsonToProtobuf } from '../otlp/json.ts'
import { SIGNALS, type Signal } from '../otlp/proto.ts'
import { MalformedRequestError } from '../otlp/scan.ts'
import { receiver } from './accept.ts'

const unreached = () => {
  throw new Error('unreached')
}
const SPAN = Buffer.from(
  `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"${'ab'.repeat(16)}","name":"late"}]}]}]}`,
)
const take = receiver({} as never, unreached, unreached)
const receive = (signal: Signal, request: Buffer) => take({ signal, request, isJson: false })

test.each<[Signal, string, string]>([
  ['traces', '\x7a\x03abc', 'TracesRequest'],
  ['traces', '\x0a\x05\x7a\x03abc', 'ResourceSpans'],
  ['traces', '\x0a\x07\x0a\x05\x7a\x03abc', 'Resource'],
  ['logs', '\x0a\x00\x0a\x07\x12\x05\x7a\x03abc', 'ScopeLogs'],
  ['metrics', '\x0a\x09\x12\x07\x12\x05\x7a\x03abc', 'Metric'],
])('%s of only unknown protobuf fields are refused: %j', async (signal, text, message) => {
  const refused = receive(signal, Buffer.from(text))
  await expect(refused).rejects.toThrow(MalformedRequestError)
  await expect(refused).rejects.toThrow(
    `it has no ${signal}, and field 15 of ${message} is not a field of OTLP`,
  )
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

test('a request that is still being read when the collector has stopped is not kept', async () => {
  const { path, remove } = temporaryFolder()
  const spools = { traces: new Spool(path, 'os', unreached) } as never
  const gate = admission(path, spools, Number.POSITIVE_INFINITY, 0)
  const late = receiver(spools, gate.admit, unreached)
  const reading = late({ signal: 'traces', request: SPAN, isJson: true })
  gate.close()
  await expect(reading).rejects.toThrow('the collector is stopping')
  remove()
})

test.each([
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', 'the disk is full'],
  ['EFBIG', 'the disk is full'],
  ['ENOENT', 'the data directory is gone'],
  ['ENOTDIR', 'the data directory is gone'],
  ['EMFILE', 'too many open files'],
  ['ENFILE', 'too many open files'],
  ['EIO', 'the disk cannot be written'],
  ['EROFS', 'the disk cannot be written'],
  ['EACCES', 'the data directory may not be written'],
  ['EPERM', 'the data directory may not be written'],
  ['EISDIR', 'the spool cannot be written (EISDIR)'],
])('a request that cannot be written for now (%s) is sent again', async (code, why) => {
  const append = () => Promise.reject(Object.assign(new Error('write'), { code, syscall: 'open' }))
  const take = receiver({ traces: { append } } as never, async () => {}, unreached)
  const refused = take({ signal: 'traces', request: SPAN, isJson: true })
  await expect(refused).rejects.toMatchObject(new RetryLaterError(why, 5))
})

test.each(['', '\x0a\x00', '\x7a\x03abc\x0a\x00'])(
  'an empty request is taken: %j',
  async (text) => {
    await receive('traces', Buffer.from(text))
  },
)

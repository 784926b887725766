/** Requests in which nothing is known: refused before the spool. */
import { expect, test } from 'vitest'
import { MalformedRequestError } from '../otlp/scan.ts'
import { receiver } from './accept.ts'

const unreached = () => {
  throw new Error('unreached')
}
const receive = receiver({} as never, unreached, unreached)

test('a request of only unknown protobuf fields is refused', async () => {
  const refused = receive('traces', Buffer.from('\x7a\x03abc'))
  await expect(refused).rejects.toThrow(MalformedRequestError)
  await expect(refused).rejects.toThrow('it has no traces, and field 15 is not a field of OTLP')
})

test.each(['', '\x0a\x00', '\x7a\x03abc\x0a\x00'])(
  'an empty request is taken: %j',
  async (text) => {
    await receive('traces', Buffer.from(text))
  },
)

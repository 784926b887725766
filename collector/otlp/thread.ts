/** A thread that prepares large requests: see ../receive/large.ts. */
import { parentPort } from 'node:worker_threads'
import { type Arrived, type Prepared, prepare } from './prepare.ts'

/** What the thread answers: errors lose their class on the way. */
export type Answer = Prepared | { kind: 'malformed' | 'too large' | 'other'; message: string }

parentPort!.on('message', async ({ signal, request, isJson }: Arrived) => {
  const arrived = Buffer.from(request.buffer, request.byteOffset, request.byteLength)
  try {
    const prepared = await prepare({ signal, request: arrived, isJson })
    const { buffer } = prepared.request
    const hashes = Uint32Array.from(prepared.hashes)
    const own = buffer instanceof ArrayBuffer ? [buffer] : []
    answer({ ...prepared, hashes }, [...own, hashes.buffer])
  } catch (error) {
    const kinds = { MalformedRequestError: 'malformed', TooLargeError: 'too large' } as const
    const { name, message } = error as Error
    answer({ kind: kinds[name as keyof typeof kinds] ?? 'other', message })
  }
})

function answer(answer: Answer, move: ArrayBuffer[] = []): void {
  parentPort!.postMessage(answer, move)
}

/** Prepares large requests in a thread of its own, so that others are answered meanwhile. */
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { packageRoot } from '../../package.ts'
import { requestWait, Turns } from '../http/task-queue.ts'
import { TooLargeError } from '../otlp/limits.ts'
import type { Arrived, Prepared } from '../otlp/prepare.ts'
import { MalformedRequestError } from '../otlp/scan.ts'
import type { Answer } from '../otlp/thread.ts'

/** Bytes from which a request is large. JSON costs 40 ns of the event loop for each, a check 5. */
const LARGE = { json: 2 ** 19, protobuf: 2 ** 22 }

/** Bytes of a memory that are not the request: the prefix of a gRPC message. */
const MOST_BESIDE = 64

/** One thread: memory for one request at a time. */
const turns = new Turns(1)
const wait = requestWait('too many large requests arrive at once')
let thread: Worker | undefined

export function isLarge({ request, isJson }: Arrived): boolean {
  return request.length >= (isJson ? LARGE.json : LARGE.protobuf)
}

/**
 * As prepare() does. The memory of the request goes to the thread, unless it is shared.
 * @throws MalformedRequestError, TooLargeError, BodyError 503 for a request that has waited too long
 */
export function prepareLarge(arrived: Arrived): Promise<Prepared> {
  return turns.take(() => ask(arrived), wait)
}

async function ask(arrived: Arrived): Promise<Prepared> {
  const request = movable(arrived.request)
  const { buffer } = request
  thread ??= start()
  const asked = thread
  asked.ref()
  try {
    const answer = await new Promise<Answer>((resolve, reject) => {
      asked.once('message', resolve)
      asked.once('error', (error) => {
        // It has ended, for lack of memory perhaps.
        thread = undefined
        reject(error)
      })
      asked.postMessage({ ...arrived, request }, buffer instanceof ArrayBuffer ? [buffer] : [])
    })
    return preparedOf(answer)
  } finally {
    asked.removeAllListeners('error')
    asked.unref()
  }
}

function preparedOf(answer: Answer): Prepared {
  if (!('kind' in answer)) {
    const { buffer, byteOffset, byteLength } = answer.request
    return { ...answer, request: Buffer.from(buffer, byteOffset, byteLength) }
  }
  if (answer.kind === 'malformed') throw new MalformedRequestError(answer.message)
  if (answer.kind === 'too large') throw new TooLargeError(answer.message)
  throw new Error(answer.message)
}

/** A part of a memory is copied: others may use the rest. */
function movable(request: Buffer): Buffer {
  const { buffer, length } = request
  if (buffer instanceof SharedArrayBuffer || buffer.byteLength <= length + MOST_BESIDE)
    return request
  const copy = Buffer.allocUnsafeSlow(length)
  request.copy(copy)
  return copy
}

function start(): Worker {
  // From source, tests too, it is built: tsx takes 0.6 s of CPU in a thread.
  if (import.meta.url.endsWith('.ts')) {
    const script = `const { esbuild, options } = require('node:worker_threads').workerData
      eval(require(esbuild).buildSync(options).outputFiles[0].text)`
    const options = {
      entryPoints: [fileURLToPath(new URL('../otlp/thread.ts', import.meta.url))],
      bundle: true,
      platform: 'node',
      write: false,
      define: { 'import.meta.url': JSON.stringify(import.meta.url) },
    }
    const esbuild = fileURLToPath(new URL('node_modules/esbuild/lib/main.js', packageRoot))
    return new Worker(script, { eval: true, execArgv: [], workerData: { esbuild, options } })
  }
  return new Worker(new URL('dist/collector/otlp/thread.js', packageRoot), { execArgv: [] })
}

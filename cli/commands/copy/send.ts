/** `otrace send`: sends OTLP files to a collector. */
import { createReadStream, readFileSync, statSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Command } from 'commander'
import type { Context } from '../../context.ts'
import { usage } from '../../errors.ts'
import { addExamples } from '../../options/examples.ts'
import { write } from '../../output/output.ts'
import { openTarget, type Signal, type Target } from './target.ts'

const DESCRIPTION = `Send OTLP files to the local store or to a collector: JSON, JSON lines as the Collector's file exporter writes them, or protobuf of spans.
\`otrace trace -o otlp\` writes such files.`

const SIGNALS: Record<string, Signal> = {
  resourceSpans: 'traces',
  resourceLogs: 'logs',
  resourceMetrics: 'metrics',
}
/** The largest file that is one request. */
const MOST_BYTES = 64 * 2 ** 20

export function sendCommand(context: Context): Command {
  const command = new Command('send')
    .description(DESCRIPTION)
    .argument('<files...>', 'OTLP files')
    .option('--into <place>', 'OTLP/HTTP address or data directory (default: the local store)')
  addExamples(
    command,
    ['otrace send incident.otlp', 'otrace send *.jsonl --into http://127.0.0.1:4318'],
    ['otrace services - what has arrived'],
  )
  return command.action(async (files: string[], { into }: { into?: string }) => {
    for (const file of files) checkFile(file)
    const target = await openTarget(into, context)
    try {
      for (const file of files) {
        const requests = await sendFile(file, target)
        await write(
          context.stdout,
          `${file}: ${requests} ${requests === 1 ? 'request' : 'requests'}\n`,
        )
      }
    } finally {
      await target.close()
    }
  })
}

function checkFile(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false })
  if (!found?.isFile()) throw usage(`not a file: ${file}`, 'pass OTLP files')
}

/** @returns how many requests */
async function sendFile(file: string, target: Target): Promise<number> {
  const lines = createInterface({
    input: createReadStream(file),
    crlfDelay: Number.POSITIVE_INFINITY,
  })
  let requests = 0
  for await (const line of lines) {
    if (line.trim() === '') continue
    const signal = signalOf(line)
    if (signal === undefined) {
      if (requests > 0) throw usage(`${file}: not OTLP: line ${requests + 1}`, 'send whole files')
      lines.close()
      await sendWhole(file, target)
      return 1
    }
    await target.send(signal, line)
    requests++
  }
  return requests
}

async function sendWhole(file: string, target: Target): Promise<void> {
  if (statSync(file).size > MOST_BYTES) {
    throw usage(
      `${file} is larger than 64 MiB`,
      'write a request per line, as the file exporter does',
    )
  }
  const bytes = readFileSync(file)
  const text = bytes.toString('utf8')
  if (!text.trimStart().startsWith('{')) return target.send('traces', bytes)
  const signal = signalOf(text)
  if (!signal)
    throw usage(
      `${file}: not an OTLP request`,
      'pass a file with resourceSpans, resourceLogs or resourceMetrics',
    )
  return target.send(signal, text)
}

function signalOf(text: string): Signal | undefined {
  try {
    const [key] = Object.keys(JSON.parse(text) as object).filter((name) => SIGNALS[name])
    return key === undefined ? undefined : SIGNALS[key]
  } catch {
    return undefined
  }
}

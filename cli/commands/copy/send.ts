/** `otrace send`: sends OTLP files to a collector. */
import { readFileSync, statSync } from 'node:fs'
import { Command } from 'commander'
import type { Context } from '../../context.ts'
import { OtraceError, usage } from '../../errors.ts'
import { addExamples } from '../../options/examples.ts'
import { countOption } from '../../options/option.ts'
import { write } from '../../output/output.ts'
import { shellLine } from '../../output/shell-line.ts'
import { withoutPassword } from '../../store/connection.ts'
import { linesOf } from './lines.ts'
import type { Signal, Target } from './receiver.ts'
import { addTargetFlags, openTarget, type TargetFlags } from './target.ts'

const DESCRIPTION = `Send OTLP files to the local store or to a collector: JSON, JSON lines as the Collector's file exporter writes them, or protobuf of spans.
\`otrace trace -o otlp\` writes such files.

After an interruption, the hint is the command that sends the rest. Large files print how far they are sent: after a
kill, go on with --from-line and the next line.`

interface Flags extends TargetFlags {
  fromLine: number
}

/** How far the files were sent. */
interface Progress {
  file: number
  /** The line that is sent next, from 1. */
  line: number
}

const SIGNALS: Record<string, Signal> = {
  resourceSpans: 'traces',
  resourceLogs: 'logs',
  resourceMetrics: 'metrics',
}
/** Requests and characters between two lines about the progress. */
const TOLD_REQUESTS = 250
const TOLD_TEXT = 16 * 2 ** 20
/** The largest file that is one request. */
const MOST_BYTES = 64 * 2 ** 20

export function sendCommand(context: Context): Command {
  const command = new Command('send')
    .description(DESCRIPTION)
    .argument('<files...>', 'OTLP files')
    .addOption(countOption('--from-line <n>', 'line of the first file to begin with', 1))
  addTargetFlags(command)
  addExamples(
    command,
    ['otrace send incident.otlp', 'otrace send *.jsonl --into http://127.0.0.1:4318'],
    ['otrace services - what has arrived'],
  )
  return command.action(async (files: string[], flags: Flags) => {
    for (const file of files) checkFile(file)
    const target = await openTarget(flags, context)
    const progress = { file: 0, line: flags.fromLine }
    try {
      for (const [i, file] of files.entries()) {
        if (i > 0) Object.assign(progress, { file: i, line: 1 })
        const requests = await sendFile(file, target, progress, context)
        await write(
          context.stdout,
          `${file}: ${requests} ${requests === 1 ? 'request' : 'requests'}\n`,
        )
      }
      await target.stored?.()
    } catch (error) {
      const next = `the rest: ${commandFor(files, progress, flags)}`
      if (context.signal.aborted) context.say(next)
      else if (error instanceof OtraceError) {
        const hint = error.hint === undefined ? next : `${error.hint}; ${next}`
        throw Object.assign(error, { hint })
      }
      throw error
    } finally {
      await target.close()
    }
  })
}

/** The command that sends the rest, without a password. */
function commandFor(files: string[], { file, line }: Progress, { into }: Flags): string {
  const place = into !== undefined && /^https?:/.test(into) ? withoutPassword(into) : into
  return shellLine([
    ...['otrace', 'send', ...files.slice(file)],
    ...(line > 1 ? ['--from-line', String(line)] : []),
    ...(place === undefined ? [] : ['--into', place]),
  ])
}

function checkFile(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false })
  if (!found?.isFile()) throw usage(`not a file: ${file}`, 'pass OTLP files')
}

/** @returns how many requests */
async function sendFile(
  file: string,
  target: Target,
  progress: Progress,
  { stdout }: Context,
): Promise<number> {
  const begin = progress.line
  let number = 0
  let requests = 0
  let [told, text] = [0, 0]
  for await (const line of linesOf(file)) {
    if (++number < begin || line.trim() === '') continue
    const signal = signalOf(line)
    if (signal === undefined) {
      if (requests > 0 || begin > 1)
        throw usage(`${file}: not OTLP: line ${number}`, 'send whole files')
      await sendWhole(file, target)
      return 1
    }
    progress.line = number
    await noteOld(line, target)
    await target.send(signal, line)
    progress.line = number + 1
    requests++
    text += line.length
    if (requests - told < TOLD_REQUESTS && text < TOLD_TEXT) continue
    await write(stdout, `${file}: sent until line ${number}\n`)
    ;[told, text] = [requests, 0]
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
  await noteOld(text, target)
  return target.send(signal, text)
}

/** Looks at the first span alone: files are in order of time. */
async function noteOld(text: string, target: Target): Promise<void> {
  const [, start] = /"startTimeUnixNano"\s*:\s*"?(\d{1,19})/.exec(text) ?? []
  if (start !== undefined && start !== '0') await target.noteOld?.(BigInt(start))
}

function signalOf(text: string): Signal | undefined {
  try {
    const [key] = Object.keys(JSON.parse(text) as object).filter((name) => SIGNALS[name])
    return key === undefined ? undefined : SIGNALS[key]
  } catch {
    return undefined
  }
}

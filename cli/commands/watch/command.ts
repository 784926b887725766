/** `otrace watch`: runs another command again and again. */
import { Readable, Writable } from 'node:stream'
import { Command } from 'commander'
import type { Context } from '../../context.ts'
import { usage } from '../../errors.ts'
import { addExamples } from '../../options/examples.ts'
import { option } from '../../options/option.ts'
import type { Surroundings } from '../../output/process.ts'
import { type Output, repeat } from '../../output/redraw.ts'
import { localTime } from '../../render/time.ts'
import { readCount, readSeconds } from '../../units/parse.ts'

/** Runs `otrace <argv>`, and returns its exit code. */
export type RunProgram = (
  argv: string[],
  surroundings: Surroundings,
  signal: AbortSignal,
) => Promise<number>

/** Commands that run on, or that a second run would not repeat. */
const NEVER = ['watch', 'tail', 'logs', 'up', 'demo', 'run', 'wait', 'completion', 'mcp', 'shop']

export function watchCommand(run: RunProgram, context: Context): Command {
  const command = new Command('watch')
    .description(
      'Run another otrace command every few seconds and redraw its output in place, with a mark before lines that are new.\n\n' +
        'On a terminal it takes the alternate screen, and leaves the last output behind when it ends. Elsewhere it prints one output after the other.',
    )
    .usage('[options] <command...>')
    .argument('<command...>', 'the command with its flags')
    // The flags of the other command.
    .allowUnknownOption()
    .addOption(option('--every <duration>', 'time between two runs', readSeconds).default(2, '2s'))
    .addOption(
      option('--count <n>', 'end after this many runs (default: until ctrl-C)', (flag, text) =>
        readCount(flag, text, 10),
      ),
    )
  addExamples(
    command,
    [
      'otrace watch rps',
      'otrace watch --every 10s services',
      'otrace watch --count 1 errors --since 1h',
    ],
    [
      'otrace tail - each span as it arrives',
      'otrace dashboard --watch - all services on one screen',
    ],
  )
  return command.action(async (words: string[]) => {
    const { every, count } = command.opts<{ every: number; count?: number }>()
    const [name = ''] = words
    if (NEVER.includes(name)) {
      throw usage(`watch cannot repeat ${name}`, 'watch a command that ends, such as rps')
    }
    const repeated = {
      title: `otrace ${words.join(' ')} · every ${every}s`,
      every: every * 1000,
      count,
      run: (width: number | undefined, stderr: Context['stderr']) =>
        captured(run, words, context, width, stderr),
      clock: () => clockOf(context),
    }
    context.exitCode = await repeat(repeated, context, context.signal)
  })
}

function clockOf(context: Context): string {
  const iso = new Date(Number(context.now() / 1_000_000n)).toISOString()
  return localTime(iso, context.screen().timeZone, 0)?.clock ?? iso
}

/** Runs a command in this process, as if `context`'s terminal had another width. */
export async function captured(
  run: RunProgram,
  argv: string[],
  { env, stdout, signal }: Context,
  width: number | undefined,
  stderr: Context['stderr'],
): Promise<Output> {
  const out = collector(width)
  const surroundings: Surroundings = {
    env: width === undefined ? env : { ...env, OTRACE_PAGER: '' },
    stdin: Readable.from(['']),
    stdout: Object.assign(out.stream, width === undefined ? {} : { isTTY: stdout.isTTY ?? false }),
    stderr,
  }
  const exit = await run(argv, surroundings, signal)
  return { stdout: out.text(), exit }
}

function collector(columns: number | undefined) {
  let text = ''
  const stream = new Writable({
    decodeStrings: false,
    write(part, _, done) {
      text += part
      done()
    },
  })
  const sized = columns === undefined ? stream : Object.assign(stream, { columns })
  return { stream: sized as NodeJS.WritableStream & { columns?: number }, text: () => text }
}

#!/usr/bin/env node
/** Runs the program and turns errors into an exit code; the only place that ends the process. */
import { type Command, CommanderError } from 'commander'
import { processContext, say } from './context.ts'
import { EXIT, OtraceError } from './errors.ts'
import { createProgram } from './program.ts'

const ELSEWHERE = 'make room where stdout goes, or send it elsewhere'
const interruption = new AbortController()
process.on('SIGINT', () => {
  // Somebody who asks twice does not want to wait for a clean end.
  if (interruption.signal.aborted) process.exit(EXIT.interrupted)
  interruption.abort()
})
// A reader that has seen enough (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok)
  process.exit(tell(EXIT.usage, `the answer cannot be written: ${error.message}`, ELSEWHERE))
})

const exit = await run(process.argv.slice(2))
// What a slow reader has not taken yet would be lost with the process.
for (const stream of [process.stdout, process.stderr]) {
  await new Promise<void>((resolve) => stream.write('', () => resolve()))
}
process.exit(exit)

async function run(argv: string[]): Promise<number> {
  try {
    const program = createProgram(argv, processContext(interruption.signal))
    for (const command of [program, ...program.commands]) {
      command.exitOverride().configureOutput({ outputError: () => {} })
    }
    if (argv.length === 0) program.outputHelp()
    else await program.parseAsync(helpFor(program, argv), { from: 'user' })
    return Number(process.exitCode ?? EXIT.ok)
  } catch (error) {
    return fail(error, argv)
  }
}

function fail(error: unknown, argv: string[]): number {
  if (interruption.signal.aborted) return EXIT.interrupted
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.ok
    const [message = '', ...more] = error.message.replace(/^error: /, '').split('\n')
    return tell(EXIT.usage, message, more.join(' ') || `see: otrace ${commandIn(argv)}--help`)
  }
  if (error instanceof OtraceError) return tell(error.exit, error.message, error.hint)
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  const detail = process.env.DEBUG === 'otrace' ? stack : 'see where with DEBUG=otrace'
  return tell(EXIT.bug, `a bug in otrace: ${message}`, detail)
}

function tell(exit: number, message: string, hint?: string): number {
  say(`otrace: ${message}${hint ? `\n  → ${hint}` : ''}`)
  return exit
}

/** `help nope` is told like `nope`, which commander answers with everything there is. */
function helpFor({ commands }: Command, argv: string[]): string[] {
  const [first, second] = argv
  const known = commands.some((command) => command.name() === second)
  return first === 'help' && second !== undefined && !known ? [second] : argv
}

function commandIn([first = '']: string[]): string {
  return first.startsWith('-') || first === '' ? '' : `${first} `
}

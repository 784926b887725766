/** Runs the program in this process: ctrl-C, the pager, streams and the exit code. */
import { EXIT } from '../errors.ts'
import { isAsciiLocale, writeAscii } from '../output/ascii.ts'
import type { Pager } from '../output/pager.ts'
import { isForPrograms } from '../output/process.ts'
import { printError, reportError, run } from '../program.ts'

/** Runs `otrace <argv>`, and exits with its code. */
export async function runProcess(argv: string[]): Promise<never> {
  const interruption = new AbortController()
  const pager = process.stdout.isTTY ? await openedPager(argv) : undefined
  process.on('SIGINT', () => {
    // A second ctrl-C exits at once; one within the pager is for the pager.
    if (interruption.signal.aborted && !pager?.running()) process.exit(EXIT.interrupted)
    interruption.abort()
  })
  process.stdout.on('error', async (error: NodeJS.ErrnoException) => {
    // A closed pipe (`| head`) is not an error.
    if (error.code === 'EPIPE') process.exit(EXIT.ok)
    const message = `cannot write to stdout: ${error.message}`
    const { createContext } = await import('../context.ts')
    const context = createContext(process, interruption.signal)
    process.exit(printError(context, EXIT.usage, message, 'free some space, or write elsewhere'))
  })
  // Node writes such an error only after the engine has ended the process.
  process.on('uncaughtException', async (error) => {
    const { leaveScreen } = await import('../output/live-screen.ts')
    leaveScreen()
    const { createContext } = await import('../context.ts')
    process.exit(await reportError(error, argv, createContext(process, interruption.signal)))
  })
  // A failed write to stderr leaves the exit code unchanged.
  process.stderr.on('error', () => {})

  const { env, stdout, stderr } = process
  // Such a terminal does not move its cursor, so that no line can be drawn again.
  if (env.TERM === 'dumb') stderr.isTTY = false
  const surroundings = {
    env,
    // Node opens it when it is first read.
    get stdin() {
      return process.stdin
    },
    stdout: pager?.stdout ?? stdout,
    stderr: pager?.stderr ?? stderr,
  }
  if (isAsciiLocale(env)) {
    const { stdout, stderr } = surroundings
    if (stdout.isTTY && !isForPrograms(argv)) writeAscii(stdout)
    if (stderr.isTTY) writeAscii(stderr)
  }
  const exit = await run(argv, surroundings, interruption.signal)
  await pager?.close()
  // Flush both streams: process.exit drops buffered output to a pipe.
  for (const stream of [process.stdout, process.stderr]) {
    await new Promise<void>((resolve) => stream.write('', () => resolve()))
  }
  process.exit(exit)
}

async function openedPager(argv: string[]): Promise<Pager | undefined> {
  const { openPager, pagerCommand } = await import('../output/pager.ts')
  const command = pagerCommand(argv, process)
  return command === undefined
    ? undefined
    : openPager(command, process, () => process.exit(EXIT.ok))
}

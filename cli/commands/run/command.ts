/** `otrace run`: a command with a collector of its own, then a summary and checks. */

import { rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command } from 'commander'
import type { Context } from '../../context.ts'
import { EXIT, usage } from '../../errors.ts'
import type { CheckFile } from '../../gate/file/model.ts'
import { addExamples } from '../../options/examples.ts'
import { option } from '../../options/option.ts'
import { readOptions } from '../../options/options.ts'
import type { QueryFiles } from '../../query/files.ts'
import { isoText } from '../../query/window.ts'
import { type GateFlags, readChecks, runGate } from '../../session/gate/gate.ts'
import { type Settled, settledText, waitForSettled } from '../../session/gate/settle.ts'
import { withSession } from '../../session/open.ts'
import { openCollector, temporaryStore } from '../../store/local.ts'
import { readCount, readSeconds } from '../../units/parse.ts'
import { type ChildOptions, childEnvironment, codeOf, runChild } from './child.ts'
import { startJanitor } from './janitor.ts'
import { summaryText } from './summary.ts'

const DESCRIPTION = `Run a command with a collector of its own, print what it saw, and check it.

The collector listens on free ports and keeps a temporary store; OTEL_* point the command's SDK at it. When the command
has ended and its spans have settled, otrace prints a summary and runs the checks of --check.

With --ab N, base and head run in turn, N times each, and regression checks compare the pairs.

Exit codes: the command's where it is not 0, else the verdict's: see otrace check --help.`

const EXAMPLES = [
  'otrace run -- npm test',
  'otrace run --check checks.yaml --keep store -- npm test',
  'otrace run --check --ab 20 -- ../base/run-load --- ./run-load',
]

interface Flags extends GateFlags {
  check?: string | true
  ab?: number
  keep?: string
  quiet: number
  settle: number
}

export function runCommand(readFiles: () => Promise<QueryFiles>, context: Context): Command {
  const command = new Command('run')
    .description(DESCRIPTION)
    .usage('[options] -- <command...>')
    .argument('<command...>', 'the command; with --ab: base --- head')
    .option('--check [file]', 'checks to run (default: .otrace/checks.yaml)')
    .addOption(
      option('--ab <n>', 'runs of each of two commands, in turn', (flag, text) =>
        readCount(flag, text, 20, 1000),
      ),
    )
    .option('--keep <directory>', 'directory to keep the store in')
    .addOption(
      option('--quiet <duration>', 'time without a new span', readSeconds).default(0.5, '500ms'),
    )
    .addOption(
      option('--settle <duration>', 'time to wait for late spans', readSeconds).default(10, '10s'),
    )
    .optionsGroup('Report:')
    .option('--json', 'one object a check')
    .option('--junit <file>', 'JUnit XML file')
    .option('--gitlab <file>', 'GitLab code quality file')
    .optionsGroup('Baseline:')
    .option('--save-baseline <file>', 'file to add the durations of regression checks to')
    .option('--calibrate', 'A against A: false alarms of each regression check')
  addExamples(command, EXAMPLES, [
    'otrace trace --slowest - the slowest trace of the store',
    'otrace check --help - what a check may say',
  ])
  return command.action(async (words: string[]) => {
    const flags = command.opts<Flags>()
    const commands = readCommands(words, flags.ab)
    refuseWithoutCheck(flags)
    // A malformed check file fails before the command runs.
    const checks =
      flags.check === undefined ? undefined : readChecks(flags.check === true ? [] : [flags.check])
    context.exitCode = await run(commands, flags, checks, readFiles, context)
  })
}

/** One command, or base and head around `---`. */
function readCommands(words: string[], ab: number | undefined): string[][] {
  const at = words.indexOf('---')
  if (ab === undefined && at === -1) return [words]
  const [base, head] = [words.slice(0, at), words.slice(at + 1)]
  const example = "write: otrace run --ab 20 -- 'base command' --- 'head command'"
  if (ab === undefined) throw usage('two commands need --ab', example)
  if (at === -1 || base.length === 0 || head.length === 0 || head.includes('---')) {
    throw usage('--ab needs two commands', example)
  }
  return [base, head]
}

function refuseWithoutCheck(flags: Flags): void {
  if (flags.check !== undefined) return
  const names = ['json', 'junit', 'gitlab', 'saveBaseline', 'calibrate'] as const
  const typed = names.find((name) => flags[name] !== undefined)
  if (typed === undefined) return
  const flag = typed === 'saveBaseline' ? 'save-baseline' : typed
  throw usage(`--${flag} belongs to --check`, 'add --check')
}

async function run(
  commands: string[][],
  flags: Flags,
  checks: CheckFile | undefined,
  readFiles: () => Promise<QueryFiles>,
  outer: Context,
): Promise<number> {
  const kept = flags.keep !== undefined
  const dataDir = kept ? resolve(flags.keep!) : await temporaryStore()
  const remove = () => {
    if (!kept) rmSync(dataDir, { recursive: true, force: true })
  }
  // A second ctrl-C ends the process at once.
  process.on('exit', remove)
  const janitor = startJanitor(kept ? '' : dataDir)
  const signals = forwardSignals(outer.signal)
  const context = { ...outer, signal: signals.signal }
  try {
    const collector = await openCollector(dataDir)
    try {
      const { otlpHttp = '', clickhouse } = collector.addresses
      const from = isoText(context.now() - SECOND)
      const code = await runBlocks(
        commands,
        flags.ab,
        (attributes) => childEnvironment(context.env, otlpHttp, clickhouse, attributes),
        { signal: context.signal, tty: Boolean(context.stdin.isTTY), janitor },
      )
      if (context.signal.aborted) return code || codeOf(context.signal.reason)
      const window = { url: clickhouse, from }
      const verdict = await report(window, flags, checks, readFiles, context, collector.reached)
      return code || verdict
    } finally {
      await collector.stop(true)
    }
  } catch (error) {
    if (!signals.signal.aborted) throw error
    return codeOf(signals.signal.reason)
  } finally {
    signals.stop()
    remove()
    process.off('exit', remove)
    janitor.dismiss()
  }
}

/** Ctrl-C and the signals that end a process, until `stop`; the reason is the signal's name. */
function forwardSignals(interrupted: AbortSignal) {
  const controller = new AbortController()
  const interrupt = () => controller.abort('SIGINT')
  if (interrupted.aborted) interrupt()
  interrupted.addEventListener('abort', interrupt, { once: true })
  const names = ['SIGTERM', 'SIGHUP'] as const
  const handlers = names.map((name) => [name, () => controller.abort(name)] as const)
  for (const [name, handler] of handlers) process.on(name, handler)
  return {
    signal: controller.signal,
    stop() {
      interrupted.removeEventListener('abort', interrupt)
      for (const [name, handler] of handlers) process.off(name, handler)
    },
  }
}

const SECOND = 1_000_000_000n

/** Waits for late spans, prints what arrived, and runs the checks. */
async function report(
  window: { url: string; from: string },
  flags: Flags,
  checks: CheckFile | undefined,
  readFiles: () => Promise<QueryFiles>,
  context: Context,
  reached: () => boolean,
): Promise<number> {
  // Other hosts' clocks may be slightly ahead.
  const soon = () => isoText(context.now() + 60n * SECOND)
  const settled = await settle({ ...window, to: soon() }, flags, context, reached)
  const place = flags.keep === undefined ? [] : ['--data', flags.keep]
  const given: GateFlags = { ...reportFlags(flags), ...window, to: soon() }
  const ab = flags.ab !== undefined
  const verdict = checks
    ? await runGate(checks, given, (await readFiles()).queries, context, { ab, place, settled })
    : EXIT.ok
  if (flags.keep !== undefined) {
    context.say(`the store is kept: otrace services --data ${flags.keep}`)
  } else if (verdict === EXIT.checkFailed) {
    context.say('its spans are removed: for the commands after see:, add --keep <directory>')
  }
  return verdict
}

function reportFlags({ json, junit, gitlab, saveBaseline, calibrate }: Flags): GateFlags {
  return { json, junit, gitlab, saveBaseline, calibrate }
}

/** Runs the command, or blocks of base and head in alternating order; ends at the first that fails. */
async function runBlocks(
  [first = [], second]: string[][],
  ab: number | undefined,
  environment: (attributes: Record<string, string>) => NodeJS.ProcessEnv,
  options: Omit<ChildOptions, 'env'>,
): Promise<number> {
  if (!second) return runChild(first, { ...options, env: environment({}) })
  const sides = { base: first, head: second }
  for (let block = 0; block < (ab ?? 0); block++) {
    const order = block % 2 === 0 ? (['base', 'head'] as const) : (['head', 'base'] as const)
    for (const side of order) {
      const attributes = { 'otrace.side': side, 'otrace.block': String(block) }
      const code = await runChild(sides[side], { ...options, env: environment(attributes) })
      if (code !== 0 || options.signal.aborted) return code
    }
  }
  return EXIT.ok
}

/** Waits for late spans, and prints what arrived. */
async function settle(
  flags: GateFlags,
  { quiet, settle: most }: Flags,
  context: Context,
  reached: () => boolean,
): Promise<Settled> {
  if (context.stderr.isTTY) context.say('waiting for spans …')
  return withSession(readOptions(flags, context), context, async (session) => {
    const limits = { quiet: quiet * 1000, timeout: most * 1000, count: 1, reached }
    const settled = await waitForSettled(session, limits, true)
    if (settled.verdict !== 'settled') context.say(settledText(settled))
    if (settled.spans > 0) context.say(await summaryText(session))
    else context.say('no span arrived: does the command use an OpenTelemetry SDK? (docs/gates.md)')
    return settled
  })
}

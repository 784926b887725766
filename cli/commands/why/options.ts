/** The options of `otrace why`. */
import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { usage } from '../../errors.ts'
import { type OptionFlags, type Options, readOptions } from '../../options/options.ts'
import { readSlow } from '../../options/slow.ts'
import { refuseOtherForms } from '../../options/unused.ts'
import { readInstant } from '../../options/window.ts'
import { isUnfiltered } from '../../query/filters.ts'
import type { Nanos, Window } from '../../query/window.ts'
import type { Compared } from '../../session/why/why.ts'
import { formatRound } from '../../units/units.ts'
import type { Selection } from '../../why/sides.ts'

export interface WhyFlags extends OptionFlags {
  baseline?: string
  /** True without a value. */
  slow?: string | true
  errors?: boolean
  html?: string
}

export interface WhyOptions extends Options {
  window: Window
  compared: Compared
  /** A file for the page. */
  html: string | undefined
  /** The baseline in words. */
  baselineText: string
}

/** The options of the flags. Throws OtraceError (exit 2) for a malformed value. */
export function readWhyOptions(command: Command, context: Context): WhyOptions {
  const flags = command.opts<WhyFlags>()
  const { html } = flags
  if (html !== undefined) refuseOtherForms(command, html)
  const options = { ...readOptions(flags, context), html }
  const window = options.window!
  if (flags.slow !== undefined && flags.errors) {
    throw usage("--slow can't be used with --errors", 'use one of them')
  }
  const chosen = readSelection(flags)
  const text = flags.baseline ?? (chosen ? 'rest' : 'before')
  const { dedupe: _, ...filters } = options.filters
  if (text === 'rest' && !chosen && isUnfiltered(filters)) {
    throw usage(
      '--baseline rest needs --slow, --errors or a filter',
      "say which requests to compare with the rest: --slow, --errors, or --name 'GET /'",
    )
  }
  const selection = chosen ?? (text === 'rest' ? ('filters' as const) : undefined)
  if (selection && text !== 'rest') {
    throw usage(
      `--baseline ${text} can't be used with --${flags.errors ? 'errors' : 'slow'}`,
      'leave it out: the rest of the window is the baseline',
    )
  }
  if (selection)
    return { ...options, window, compared: { window, selection }, baselineText: 'the rest' }
  const baseline = readBaseline(text, window, context.now(), flags.utc)
  return {
    ...options,
    window,
    compared: { window, baseline },
    baselineText: baselineWords(text, window, options.windowText),
  }
}

const baselineWords = (text: string, { from, to }: Window, windowText: string) =>
  text === 'before'
    ? `previous ${/^last (.+)/.exec(windowText)?.[1] ?? formatRound(Number(to - from), 'ns')}`
    : text.includes('..')
      ? text.replace('..', ' to ')
      : `${text.replace(/\s*ago$/, '')} earlier`

function readSelection({ slow, errors }: WhyFlags): Selection | undefined {
  if (errors) return { errors: true }
  if (slow === undefined) return undefined
  return readSlow(slow)
}

/** ns that a baseline may overlap its window by. */
const CLOSE = 1_000_000_000n

const overlapping = (text: string) =>
  usage(
    `--baseline ${text} overlaps the window`,
    `go back by at least the window's length, or name two times outside it`,
  )

/** `before`, a duration ago, or two times. */
function readBaseline(
  text: string,
  { from, to, bucket }: Window,
  now: Nanos,
  utc?: boolean,
): Window {
  const length = to - from
  if (text === 'before') return { from: from - length, to: from, bucket }
  const [start = '', end, more] = text.split('..')
  if (end !== undefined && more === undefined) {
    const first = readInstant('--baseline', start, now, utc)
    const last = readInstant('--baseline', end, now, utc)
    if (first >= last) throw usage(`--baseline ${text} is empty`, 'write the earlier time first')
    if (first >= to || last <= from) return { from: first, to: last, bucket }
    // Both windows may count from now, which is later by some ms for the one read last.
    if (first < from && last - from < CLOSE) return { from: first, to: from, bucket }
    throw overlapping(text)
  }
  const ago = now - readInstant('--baseline', text, now, utc)
  if (ago < length && ago > -length) throw overlapping(text)
  return { from: from - ago, to: to - ago, bucket }
}

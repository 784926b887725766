/** The options of a command that reads spans, parsed once and typed. */
import { Command } from 'commander'
import type { Filters } from '../query/filters.ts'
import type { Nanos, Window } from '../query/window.ts'
import type { Connection } from '../store/connection.ts'
import { addConnectionFlags, type ConnectionFlags, readConnection } from './connection.ts'
import { addFilterFlags, type FilterFlags, readFilters } from './filters.ts'
import {
  addOutcomeFlags,
  addOutputFlags,
  type OutputFlags,
  type OutputOptions,
  readOutput,
} from './output.ts'
import { addWindowFlags, readWindow, type WindowFlags, windowText } from './window.ts'
import { windowRemarks, zoneRemark } from './window-remarks.ts'

export interface Options {
  /** Undefined for all times. */
  window?: Window
  /** For titles: `last 1h`. */
  windowText: string
  filters: Filters
  /** False counts each sampled span as one. */
  weighted: boolean
  /** Sums of hours are not used. */
  exact: boolean
  output: OutputOptions
  connection: Connection
}

/** Values of the flags as commander stores them. */
export type OptionFlags = WindowFlags &
  FilterFlags &
  OutputFlags &
  ConnectionFlags & { exact?: boolean }

/** Adds the flags of window, filters, output and connection. */
export function addQueryFlags(command: Command, ownFormats: readonly string[] = []): Command {
  addWindowFlags(command)
  addFilterFlags(command)
  addOutputFlags(command, ownFormats)
  addOutcomeFlags(command)
  return addConnectionFlags(command)
}

/** The long names of the flags that every query has, which queries of a user's folders may not take. */
export function reservedFlags(): Set<string> {
  const names = addQueryFlags(new Command()).options.map(
    (option) => option.long?.replace(/^--/, '') ?? '',
  )
  return new Set([...names, 'help', 'bucket', 'queries', 'exact'])
}

/**
 * Parses flags; groups that a command lacks get their defaults.
 * @param allTime no window unless the flags name one
 * @throws OtraceError (exit 2) for the first malformed value
 */
export function readOptions(
  flags: OptionFlags,
  { env, now, say }: { env: NodeJS.ProcessEnv; now(): Nanos; say?: (text: string) => void },
  { allTime = false } = {},
): Options {
  const allStored = allTime && (flags.since ?? flags.from ?? flags.to) === undefined
  const at = now()
  const window = allStored ? undefined : readWindow(flags, at)
  const output = readOutput(flags)
  if (say) {
    const isLocal = !flags.utc && (output.format === 'terminal' || flags.from || flags.to)
    const zone = isLocal ? zoneRemark(env) : undefined
    const remarks = window ? windowRemarks(flags, window, at) : []
    for (const text of [...(zone ? [zone] : []), ...remarks]) sayOnce(text, say)
  }
  return {
    window,
    windowText: allStored ? '' : windowText(flags),
    filters: readFilters(flags),
    weighted: flags.weight !== false,
    exact: flags.exact === true,
    output,
    connection: readConnection(flags, env, say),
  }
}

/** What each context has said: a gate reads its flags twice. */
const said = new WeakMap<(text: string) => void, Set<string>>()

function sayOnce(text: string, say: (text: string) => void): void {
  const before = said.get(say) ?? new Set()
  said.set(say, before)
  if (before.has(text)) return
  before.add(text)
  say(text)
}

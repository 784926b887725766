/** What `why` finds between two windows. */

/** Before and after. */
export type Both<T> = [before: T, after: T]

/** A type of request whose values alone grew: their means in ns. */
export interface Alone {
  type: string
  before: number
  after: number
}

/** When the requests that show a finding were: ns from the beginning of the window, or since 1970. */
export interface Seen {
  /** Starts of the first and the last. */
  first: number
  last: number
  /** Whether they began in the window, and ended: chance hardly leaves so much before the first, and after the last. */
  isSince: boolean
  isOver: boolean
  /** The part of the window that has nearly all of them, where it is not told by these. */
  most?: { from: number; to: number; isOpen: boolean }
}

export const KINDS = [
  'slower',
  'slower throughout',
  'slower everywhere',
  'waiting between',
  'blocked by',
  'garbage collection',
  'more calls',
  'one after another',
  'errors begin here',
  'new error',
  'unreachable',
  'new log or event',
  'no longer called',
  'newly called',
  'only some',
  'one host',
  'new version',
  'restarted',
] as const
export type Kind = (typeof KINDS)[number]

export interface WhyFinding {
  kind: Kind
  service: string
  /** The operation; '' for a whole service. */
  name: string
  /** The other service of a call. */
  peer?: string
  /**
   * All services that call in vain, or at the other ends of calls that wait; those with most first. Attributes that the
   * same spans have, as `attribute`.
   */
  others?: string[]
  /** Operations whose failing spans are calls in vain. */
  origins?: ReadonlySet<number>
  /** `key=value`, for findings about attributes. */
  attribute?: string
  /** A log line or a called operation, for findings about them. */
  detail?: string
  /** An error that neither a line nor the status of the span shows: it ends before its usual calls or lines. */
  ends?: boolean
  /** Of messages: ns from which a wait is long, ns that all waits share since, and how many more are not taken. */
  waits?: { longFrom: number; shared: number; untaken?: number }
  /** Whether `attribute` is of the spans that send messages, else of those that take them. */
  isSender?: boolean
  /** Of one operation's own times: ns that one of twenty took longer than before. */
  long?: number
  /** Of a wait: the operation that waits most. */
  caller?: { service: string; name: string }
  /** Of a wait: the caller's own work is in it, because not all of its calls have client spans. */
  withOwn?: boolean
  alone?: Alone
  /** Of calls that ran at once, some still do. */
  fewer?: boolean
  /** Its share of the change that `shareOf` tells. */
  share?: number
  /** In `unit`. */
  before: number
  after: number
  unit: 'ns' | 'percentunit' | 'short'
  /** 95 % limits of `after - before`. */
  interval: Both<number>
  /** Spans after that show it. */
  count: number
  /** Spans compared. */
  spans: Both<number>
  /** Ids of traces that show it. */
  traces: string[]
  seen?: Seen | undefined
  /** Its moments have dates: the window is of several days in UTC. */
  dated?: boolean
  /** ns that parts of the mean request grew by, by part: findings with the same parts overlap. */
  parts?: Map<string, number>
  /** What all operations share: less specific than any other finding. */
  isCommon?: boolean
  /** It grew by less than twice: behind what is certain and more. */
  grew?: boolean
  /** Every part belongs to a finding before this one. */
  repeated?: boolean
  /** What the order follows, from 0 to 1. */
  score: number
  /** Chance alone gives such a finding in less than one comparison in a hundred. */
  certain: boolean
  /** Not certain only because spans are lost, which may give it too. */
  orLost?: boolean
}

export function mean(values: readonly number[]): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return values.length === 0 ? 0 : sum / values.length
}

/** Kinds that are about failing spans. */
export const ERRORS: ReadonlySet<Kind> = new Set(['errors begin here', 'new error', 'unreachable'])

/** What findings have shares of: the change in the mean duration, or in the share of failing requests. */
export type Rise = 'duration' | 'failing'

/** What a finding's share is of. */
export const shareOf = ({ kind, share }: WhyFinding): Rise | undefined =>
  share === undefined ? undefined : ERRORS.has(kind) ? 'failing' : 'duration'

/** The counts of a key, which are 0 at first. */
export function countsOf<K>(counts: Map<K, Both<number>>, key: K): Both<number> {
  const known = counts.get(key)
  if (known) return known
  const own: Both<number> = [0, 0]
  counts.set(key, own)
  return own
}

/** Whether a value is so much greater that their ratio says nothing. */
export const isFromNothing = ({ before, after }: WhyFinding): boolean => before < after / 1000

/**
 * Expected results of the built-in queries, computed in TypeScript.
 *
 * One file: a list of queries.
 */
import { isoText } from '../../cli/query/window.ts'
import type { Row } from '../../cli/result.ts'
import type { Meaning } from './meaning.ts'
import { FROM, TO } from './spans.ts'

/** Seconds in a bucket. */
export const BUCKET = 120

const SECONDS = Number(TO - FROM) / 1e9

/** The parameters of a query, and its rows; `spans` pass the filters, `all` are stored. */
export interface Expected {
  params: Record<string, string>
  rows(spans: Meaning[], all: Meaning[]): Row[]
}

const number = (text: string | undefined) =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : 0
const sum = (values: number[]) => values.reduce((a, b) => a + b, 0)
const whole = (value: number) => Math.round(value)
const weights = (spans: Meaning[]) => sum(spans.map((span) => span.weight))
const latest = (spans: Meaning[]) => spans.reduce((a, b) => (b.time > a.time ? b : a))

/** ISO-8601 with nine digits, as nanoseconds since 1970. */
const nanos = (iso: string) =>
  BigInt(Date.parse(`${iso.slice(0, 19)}Z`)) * 1_000_000n + BigInt(iso.slice(20, 29))

function groups(spans: Meaning[], key: (span: Meaning) => string): Meaning[][] {
  const found = new Map<string, Meaning[]>()
  for (const span of spans) found.set(key(span), [...(found.get(key(span)) ?? []), span])
  return [...found.values()]
}

/** Descending by numbers and texts, ascending where a key starts with `+`. */
function sorted(rows: Row[], ...keys: string[]): Row[] {
  const compare = (a: Row, b: Row) => {
    for (const key of keys) {
      const name = key.replace('+', '')
      const [x, y] = [a[name]!, b[name]!]
      if (x !== y) return (x! < y! ? 1 : -1) * (key.startsWith('+') ? -1 : 1)
    }
    return 0
  }
  return [...rows].sort(compare)
}

/** Nearest rank, each value as often as its weight says. */
function quantile(spans: Meaning[], level: number): number {
  const byDuration = [...spans].sort((a, b) => a.duration - b.duration)
  const wanted = level * weights(spans) * (1 - 1e-12)
  let seen = 0
  for (const span of byDuration) {
    seen += span.weight
    if (seen >= wanted) return span.duration
  }
  return 0
}

function percentiles(spans: Meaning[]) {
  return { p50: quantile(spans, 0.5), p95: quantile(spans, 0.95), p99: quantile(spans, 0.99) }
}

/** `count` rows for each series: one for each bucket, also where nothing happened. */
function overTime(
  spans: Meaning[],
  series: (span: Meaning) => string,
  values: (spans: Meaning[], seconds: number) => Row,
): Row[] {
  const step = BigInt(BUCKET) * 1_000_000_000n
  const names = [...new Set(spans.map(series))].sort()
  const starts: bigint[] = []
  for (let at = FROM - (FROM % step); at < TO; at += step) starts.push(at)
  return names.flatMap((name) =>
    starts.map((start) => {
      const [from, to] = [isoText(start), isoText(start + step)]
      const inside = spans.filter(
        (span) => series(span) === name && span.time >= from && span.time < to,
      )
      const [begin, end] = [
        start > FROM ? from : isoText(FROM),
        start + step < TO ? to : isoText(TO),
      ]
      const covered = Number(nanos(end) - nanos(begin)) / 1e9
      return { time: from, series: name, ...values(inside, covered), covered: covered / BUCKET }
    }),
  )
}

function rates(spans: Meaning[]) {
  const errors = spans.filter((span) => span.is_error)
  return { rps: weights(spans) / SECONDS, errors: whole(weights(errors)) }
}

const requests = (spans: Meaning[]) => spans.filter((span) => span.is_entry)
/** The text of a column or an attribute for `--by`. */
const dimension = (span: Meaning, by: string) => {
  const cell = by in span ? String(span[by] ?? '') || '(absent)' : undefined
  return cell ?? span.attributes[by] ?? span.resource[by] ?? '(absent)'
}

function once(spans: Meaning[]): Meaning[] {
  return [...new Map(spans.map((span) => [span.trace_id + span.span_id, span])).values()]
}

const bought = (spans: Meaning[]) =>
  once(spans.filter((span) => span.name === 'service_buy_product' && !span.is_error))
const units = (spans: Meaning[]) =>
  sum(spans.map(({ attributes, weight }) => number(attributes['product.quantity']) * weight))

export const expectedResults: Record<string, Expected> = {
  slow: {
    params: { over: '100ms', limit: '2000' },
    rows: (spans) =>
      sorted(
        requests(spans)
          .filter((span) => span.duration > 100_000_000)
          .map(({ time, trace_id, service, http_method, route, http_status, duration }) => ({
            time,
            trace_id,
            service,
            method: http_method!,
            route: route!,
            status: http_status,
            duration,
          })),
        'duration',
        'time',
      ),
  },
  errors: {
    params: {},
    rows: (spans, all) => failures(spans, all, false),
  },
  events: {
    params: { contains: 'USER-1', limit: '3000' },
    rows: (spans) =>
      sorted(
        spans.flatMap((span) =>
          span.event_time.map((time, i) => ({
            time,
            service: span.service,
            span: span.name,
            event: span.event_name[i]!,
            attributes: span.event_attributes[i]!,
            trace_id: span.trace_id,
          })),
        ),
        'time',
        '+trace_id',
      ).filter((row) => JSON.stringify(row.attributes).includes('user-1')),
  },
  journey: {
    params: { user_id: 'user-5' },
    rows: (spans) => {
      const traces = new Set(
        spans
          .filter(({ attributes }) =>
            [attributes['user.id'], attributes['enduser.id']].includes('user-5'),
          )
          .map((span) => span.trace_id),
      )
      return sorted(
        requests(spans)
          .filter((span) => traces.has(span.trace_id))
          .map(({ time, trace_id, service, name, http_status, http_path, duration }) => ({
            time,
            trace_id,
            service,
            request: name,
            status: http_status,
            path: http_path!,
            duration,
          })),
        '+time',
      )
    },
  },
  'auth-failures': {
    params: { limit: '400' },
    rows: (spans) => {
      const failed = spans.filter(
        (span) =>
          (span.name === 'authentication' && span.is_error) ||
          (span.kind === 'server' && span.http_status === 401),
      )
      return sorted(
        groups(failed, (span) => span.trace_id).map((group) => {
          const authentication = group.find((span) => span.name === 'authentication')
          return {
            time: latest(group).time,
            service: group[0]!.service,
            user: authentication?.user_id ?? null,
            reason:
              String(authentication?.exception_message ?? '') ||
              (authentication?.event_name[0] ?? 'answered 401'),
            trace_id: group[0]!.trace_id,
          }
        }),
        'time',
      )
    },
  },
  rps: {
    params: {},
    rows: (spans) =>
      overTime(
        requests(spans),
        (span) => dimension(span, 'http_status'),
        (group, seconds) => ({
          rps: seconds < BUCKET / 10 ? null : weights(group) / seconds,
        }),
      ),
  },
  latency: {
    params: { by: 'product.id' },
    rows: (spans) =>
      overTime(
        requests(spans),
        (span) => dimension(span, 'product.id'),
        (group) => ({
          samples: group.length,
          ...(group.length === 0 ? { p50: null, p95: null, p99: null } : percentiles(group)),
        }),
      ),
  },
  histogram: {
    params: { by: 'product.id', bins: '12' },
    rows: (spans) => histogram(requests(spans), (span) => dimension(span, 'product.id'), 12),
  },
  heatmap: {
    params: { bins: '12' },
    rows: (spans) => heatmap(requests(spans), 12),
  },
  services: {
    params: {},
    rows: (spans) =>
      sorted(
        groups(spans, (span) => span.service).map((group) => {
          const entries = requests(group)
          const errors = weights(entries.filter((span) => span.is_error))
          const none = { error_share: null, p50: null, p95: null, p99: null }
          return {
            service: group[0]!.service,
            spans: whole(weights(group)),
            requests: whole(weights(entries)),
            ...rates(entries),
            ...(entries.length === 0
              ? none
              : { error_share: errors / weights(entries), ...percentiles(entries) }),
            samples: entries.length,
            first_seen: group.map(({ time }) => time).sort()[0]!,
          }
        }),
        'requests',
        'spans',
      ),
  },
  operations: {
    params: {},
    rows: (spans) =>
      sorted(
        groups(spans, (span) => JSON.stringify([span.service, span.name, span.kind])).map(
          (group) => ({
            service: group[0]!.service,
            name: group[0]!.name,
            kind: group[0]!.kind,
            spans: whole(weights(group)),
            ...rates(group),
            total: Math.trunc(sum(group.map((span) => span.duration * span.weight))),
            ...percentiles(group),
            samples: group.length,
          }),
        ),
        'total',
      ),
  },
  top: {
    params: { by: 'product.id', values: '3', sum: 'product.quantity' },
    rows: (spans) => top(spans, 'product.id', 3, 'product.quantity'),
  },
  'top-products': {
    params: {},
    rows: (spans) =>
      sorted(
        groups(bought(spans), (span) => span.attributes['product.id'] ?? '').map((group) => ({
          product_id: group[0]!.attributes['product.id']!,
          purchases: whole(weights(group)),
          units: units(group),
        })),
        'units',
        '+product_id',
      ),
  },
  buyers: {
    params: { product_id: 'product-2' },
    rows: (spans) =>
      sorted(
        groups(
          bought(spans).filter(({ attributes }) => attributes['product.id'] === 'product-2'),
          (span) => span.attributes['user.id'] ?? '',
        ).map((group) => ({
          user_id: group[0]!.attributes['user.id']!,
          purchases: whole(weights(group)),
          units: units(group),
          last_purchase: latest(group).time,
          last_trace_id: latest(group).trace_id,
        })),
        'units',
        '+user_id',
      ),
  },
  'basket-sizes': {
    params: {},
    rows: (spans) => {
      const known = bought(spans).filter((span) => span.attributes['user.id'])
      const each = groups(known, (span) => span.attributes['user.id']!).map(units)
      const sizes: [string, number, number][] = [
        ['none', -1, 0],
        ['1–5', 0, 5],
        ['6–10', 5, 10],
        ['11–20', 10, 20],
        ['21 and more', 20, Number.POSITIVE_INFINITY],
      ]
      return sizes
        .map(([name, least, most]) => ({
          units_bought: name,
          customers: each.filter((bought) => bought > least && bought <= most).length,
        }))
        .filter(({ customers }) => customers > 0)
    },
  },
  // The rows have no loop; test/repeats.test.ts plants some.
  repeats: { params: {}, rows: () => [] },
  gc: {
    params: {},
    rows: (spans) =>
      sorted(
        groups(
          spans.filter((span) => 'v8js.gc.minor.count' in span.attributes),
          (span) => JSON.stringify([span.service, span.attributes['process.pid']]),
        ).map(collections),
        'gc_time',
      ),
  },
}

const logBin = ({ duration }: Meaning) => Math.floor(Math.log10(Math.max(duration, 1)) * 100 + 1e-9)
const logBinStart = (bin: number) => (bin <= 0 ? 0 : Math.ceil(10 ** (bin / 100) * (1 - 2e-11)))

/** The narrowest width that cuts the bins of all spans into `most` pieces. */
function logBinWidth(spans: Meaning[], most: number): number {
  const bins = spans.map(logBin)
  const range = Math.max(...bins) - Math.min(...bins)
  return [1, 2, 5, 10, 20, 50].find((width) => Math.floor(range / width) + 2 <= most) ?? 100
}

function histogram(spans: Meaning[], series: (span: Meaning) => string, most: number): Row[] {
  const width = logBinWidth(spans, most)
  const binOf = (span: Meaning) => Math.floor(logBin(span) / width)
  const rows = groups(spans, series).flatMap((group) => {
    const bins = group.map(binOf)
    const quantiles = Object.entries(percentiles(group))
    return Array.from({ length: Math.max(...bins) - Math.min(...bins) + 1 }, (_, i) => {
      const bin = Math.min(...bins) + i
      const own = group.filter((span) => binOf(span) === bin)
      const marks = quantiles.map(([name, value]) => {
        const inside = value >= logBinStart(bin * width) && value < logBinStart((bin + 1) * width)
        return [name, inside ? value : null]
      })
      return {
        series: series(group[0]!),
        duration: logBinStart(bin * width),
        up_to: logBinStart((bin + 1) * width),
        spans: whole(weights(own)),
        errors: whole(weights(own.filter(({ is_error }) => is_error))),
        share: weights(own) / weights(group),
        ...Object.fromEntries(marks),
        samples: group.length,
      }
    })
  })
  return sorted(rows, '+series', '+duration')
}

function heatmap(spans: Meaning[], most: number): Row[] {
  const width = logBinWidth(spans, most)
  const step = BigInt(BUCKET) * 1_000_000_000n
  const rows = groups(
    spans.map((span) => ({
      ...span,
      bucket: isoText(nanos(span.time) - (nanos(span.time) % step)),
    })),
    (span) => JSON.stringify([span.bucket, Math.floor(logBin(span) / width)]),
  ).map((group) => ({
    time: group[0]!.bucket!,
    duration: logBinStart(Math.floor(logBin(group[0]!) / width) * width),
    spans: whole(weights(group)),
  }))
  return sorted(rows, '+time', '+duration')
}

function collections(spans: Meaning[]): Row {
  const of = (key: string) => spans.map((span) => Number(span.attributes[key] ?? 0))
  const range = (values: number[]) => Math.max(...values) - Math.min(...values)
  const times = spans.map((span) => span.time).sort()
  const gcTime = whole(range(of('v8js.gc.minor.duration')) * 1e9)
  const heap = of('v8js.memory.heap.used')
  return {
    service: spans[0]!.service,
    host: spans[0]!.resource['host.name']!,
    pid: spans[0]!.attributes['process.pid']!,
    instance: '',
    runtime: 'v8',
    spans: spans.length,
    minor: range(of('v8js.gc.minor.count')),
    major: range(of('v8js.gc.major.count')),
    other: 0,
    gc_time: gcTime,
    gc_share: gcTime / Math.max(Number(nanos(times.at(-1)!) - nanos(times[0]!)), 1),
    heap_last: Number(latest(spans).attributes['v8js.memory.heap.used']),
    heap_max: Math.max(...heap),
    loop_delay_max: whole(Math.max(...of('nodejs.eventloop.delay.max')) * 1e9),
    collected: null,
    uncollectable: null,
  }
}

/** Faults, exceptions and refusals where they began, or everywhere. */
export function failures(spans: Meaning[], all: Meaning[], everywhere: boolean): Row[] {
  const answered = new Map<string, number>()
  const requestsFailed = new Set<string>()
  for (const { kind, http_status: status, trace_id, service, parent_id, is_error } of all) {
    if (!['server', 'consumer'].includes(kind) && parent_id !== '') continue
    if (!is_error && (status ?? 0) < 400) continue
    const key = trace_id + service
    answered.set(key, Math.max(status ?? 0, answered.get(key) ?? 0))
    if ((status ?? 500) >= 500 || status! < 400) requestsFailed.add(key)
  }
  const refused = (status: number | null) => status !== null && status >= 400 && status <= 499
  const failed = spans
    .filter(
      ({ is_error, event_name, kind, http_status }) =>
        is_error ||
        event_name.some(isException) ||
        (['server', 'client'].includes(kind) && (http_status ?? 0) >= 500),
    )
    .map((span) => {
      const request = span.trace_id + span.service
      const status = (span.http_status ?? answered.get(request)) || null
      const isFailed = requestsFailed.has(request)
      const isFault = span.is_error || (span.http_status ?? 0) >= 500 || isFailed
      const type = refused(span.http_status ?? (isFailed ? null : status))
        ? 'refusal'
        : isFault
          ? 'fault'
          : 'exception'
      const whole = String(
        span.status_message ||
          span.exception_message ||
          span.exception_type ||
          (status === null ? '(no message)' : `answered ${status}`),
      )
      const message = whole.replace(/user-\d+/, 'user-<n>')
      return { ...span, parent_id: span.parent_id!, known: status, type, message, whole }
    })
  const keyOf = (trace: string, span: unknown) => `${trace} ${span}`
  const parents = new Map(
    all.map((span) => [keyOf(span.trace_id, span.span_id), keyOf(span.trace_id, span.parent_id!)]),
  )
  const failedKeys = new Set(failed.map((span) => keyOf(span.trace_id, span.span_id)))
  const rank = ({ type }: { type: string }) => ['exception', 'refusal', 'fault'].indexOf(type)
  const reached = new Map<string, number>()
  for (const span of failed) {
    let up = parents.get(keyOf(span.trace_id, span.span_id))
    while (up && !failedKeys.has(up)) up = parents.get(up)
    if (up) reached.set(up, Math.max(rank(span), reached.get(up) ?? 0))
  }
  const began = failed.filter(
    (span) => everywhere || rank(span) > (reached.get(keyOf(span.trace_id, span.span_id)) ?? -1),
  )
  const key = (span: Meaning) =>
    JSON.stringify([span.type, span.known, span.service, span.name, span.message])
  const rows = groups(began, key).map((group) => {
    const typed = group.filter(({ exception_type }) => exception_type !== '')
    const { type, known, service, name, message } = group[0]!
    return {
      errors: whole(weights(group)),
      type: type!,
      status: known!,
      service,
      name,
      message: message!,
      example: latest(group).whole === message ? null : latest(group).whole!,
      exception: typed.length === 0 ? '' : latest(typed).exception_type!,
      last_seen: latest(group).time,
      last_trace_id: latest(group).trace_id,
      rank: ['refusal', 'exception', 'fault'].indexOf(String(type)),
    }
  })
  return sorted(rows, 'rank', 'errors', 'last_seen')
    .slice(0, 20)
    .map(({ rank, ...row }) => row)
}

const isException = (name: string) => name === 'exception' || name.endsWith('.exception')

/** The spans in each twentieth of the window. */
function trend(spans: Meaning[]): number[] {
  const part = (span: Meaning) => Number(((nanos(span.time) - FROM) * 20n) / (TO - FROM))
  return Array.from({ length: 20 }, (_, i) =>
    whole(weights(spans.filter((span) => part(span) === i))),
  )
}

/** The most frequent values of a column or attribute, then those with another and those without. */
export function top(spans: Meaning[], by: string, most: number, summed: string): Row[] {
  const named = spans.filter((span) => dimension(span, by) !== '(absent)')
  const counted = groups(named, (span) => dimension(span, by)).map((group) => ({
    value: dimension(group[0]!, by),
    spans: whole(weights(group)),
  }))
  const leading = sorted(counted, 'spans', '+value').slice(0, most)
  const known = new Set(['(absent)', ...leading.map(({ value }) => String(value))])
  const value = (span: Meaning) =>
    known.has(dimension(span, by)) ? dimension(span, by) : '(other)'
  const rows = groups(spans, value).map((group) => {
    const { p50, p95 } = percentiles(group)
    const added = group.map(({ attributes, weight }) => number(attributes[summed]) * weight)
    return {
      value: value(group[0]!),
      spans: whole(weights(group)),
      share: weights(group) / weights(spans),
      error_share: weights(group.filter((span) => span.is_error)) / weights(group),
      p50,
      p95,
      sum: group.some(({ attributes }) => attributes[summed] !== undefined) ? sum(added) : null,
      change: null,
      noise: null,
      trend: trend(group),
      samples: group.length,
      rank: ['(absent)', '(other)'].includes(value(group[0]!)) ? 0 : 1,
    }
  })
  return sorted(rows, 'rank', 'spans', '+value').map(({ rank, ...row }) => row)
}

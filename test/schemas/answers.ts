/** The canned questions answered a second time, in TypeScript over the spans' meaning; for the tests in this folder. */
import { isoText } from '../../cli/query/window.ts'
import type { Row } from '../../cli/render/renderer.ts'
import type { Meaning } from './meaning.ts'
import { FROM, TO } from './spans.ts'

/** Seconds in a bucket. */
export const BUCKET = 120

const SECONDS = Number(TO - FROM) / 1e9

/** What a question is asked with, and its rows out of the spans of the population; `all` has the spans outside it too. */
export interface Answered {
  params: Record<string, string>
  rows(spans: Meaning[]): Row[]
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
      return { time: from, series: name, ...values(inside, covered) }
    }),
  )
}

function rates(spans: Meaning[]) {
  const errors = spans.filter((span) => span.is_error)
  return { rps: weights(spans) / SECONDS, errors: whole(weights(errors)) }
}

const servers = (spans: Meaning[]) => spans.filter((span) => span.kind === 'server')

function once(spans: Meaning[]): Meaning[] {
  return [...new Map(spans.map((span) => [span.trace_id + span.span_id, span])).values()]
}

const bought = (spans: Meaning[]) =>
  once(spans.filter((span) => span.name === 'service_buy_product' && !span.is_error))
const units = (spans: Meaning[]) =>
  whole(sum(spans.map(({ attributes, weight }) => number(attributes['product.quantity']) * weight)))

export const answers: Record<string, Answered> = {
  slow: {
    params: { over: '100ms', limit: '500' },
    rows: (spans) =>
      sorted(
        servers(spans)
          .filter((span) => span.duration > 100_000_000)
          .map(({ time, trace_id, service, http_method, http_route, http_status, duration }) => ({
            time,
            trace_id,
            service,
            method: http_method!,
            route: http_route!,
            status: http_status,
            duration,
          })),
        'duration',
        'time',
      ),
  },
  errors: {
    params: {},
    rows: (spans) => {
      const message = (span: Meaning) => span.status_message || String(span.exception_message)
      const failed = spans.filter((span) => span.is_error)
      return sorted(
        groups(failed, (span) => JSON.stringify([span.service, span.name, message(span)])).map(
          (group) => ({
            errors: whole(weights(group)),
            service: group[0]!.service,
            name: group[0]!.name,
            message: message(group[0]!),
            exception: group[0]!.exception_type!,
            last_seen: latest(group).time,
            last_trace_id: latest(group).trace_id,
          }),
        ),
        'errors',
        'last_seen',
      ).slice(0, 20)
    },
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
        servers(spans)
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
        servers(spans),
        (span) => String(span.http_status ?? ''),
        (group, seconds) => ({
          rps: weights(group) / seconds,
        }),
      ),
  },
  latency: {
    params: { by: 'http_route' },
    rows: (spans) =>
      overTime(
        servers(spans),
        (span) => String(span.http_route),
        (group) => (group.length === 0 ? { p50: null, p95: null, p99: null } : percentiles(group)),
      ),
  },
  services: {
    params: {},
    rows: (spans) =>
      sorted(
        groups(
          spans.filter(({ kind }) => kind === 'server' || kind === 'consumer'),
          (span) => span.service,
        ).map((group) => ({
          service: group[0]!.service,
          requests: whole(weights(group)),
          ...rates(group),
          error_share: weights(group.filter((span) => span.is_error)) / weights(group),
          ...percentiles(group),
        })),
        'requests',
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
          }),
        ),
        'total',
      ),
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
      const each = groups(bought(spans), (span) => span.attributes['user.id'] ?? '').map(units)
      const sizes: [string, number, number][] = [
        ['1–5', 0, 5],
        ['6–10', 6, 10],
        ['11–20', 11, 20],
        ['21 and more', 21, Number.POSITIVE_INFINITY],
      ]
      return sizes
        .map(([name, least, most]) => ({
          units_bought: name,
          customers: each.filter((bought) => bought >= least && bought <= most).length,
        }))
        .filter(({ customers }) => customers > 0)
    },
  },
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
    requests: spans.length,
    minor: range(of('v8js.gc.minor.count')),
    major: range(of('v8js.gc.major.count')),
    other: 0,
    gc_time: gcTime,
    gc_share: gcTime / Math.max(Number(nanos(times.at(-1)!) - nanos(times[0]!)), 1),
    heap_last: Number(latest(spans).attributes['v8js.memory.heap.used']),
    heap_max: Math.max(...heap),
    loop_delay_max: whole(Math.max(...of('nodejs.eventloop.delay.max')) * 1e9),
  }
}

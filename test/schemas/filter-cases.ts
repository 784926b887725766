/** Filter flags and the spans they keep, computed in TypeScript. */
import type { FilterFlags } from '../../cli/options/filters.ts'
import type { Meaning } from './meaning.ts'

export interface Choice {
  flags: FilterFlags
  keeps(span: Meaning, all: Meaning[]): boolean
}

const traces = new WeakMap<Meaning[], Map<string, Set<string>>>()

const attribute = (key: string, holds: (value: string) => boolean) => (span: Meaning) =>
  holds(span.attributes[key] ?? '')

/** Every filter. Queries run with the first few, `otrace spans` with all. */
export const populations: Choice[] = [
  { flags: {}, keeps: () => true },
  {
    flags: { traceAttr: ['product.id=product-3'], kind: ['server', 'internal'] },
    keeps: (span, all) =>
      ['server', 'internal'].includes(span.kind) &&
      tracesOf(all, 'product.id', 'product-3').has(span.trace_id),
  },
  {
    flags: { service: ['shop'], attr: ['user.id!=user-3'] },
    keeps: (span) => span.service === 'shop' && span.attributes['user.id'] !== 'user-3',
  },
  {
    flags: {
      where:
        "http_status >= 400 OR name LIKE '%buy%' OR is_error OR duration >= 200 ms OR attributes.gift = 'true'",
    },
    keeps: (span) =>
      (span.http_status ?? 0) >= 400 ||
      span.name.includes('buy') ||
      span.is_error ||
      span.duration >= 200_000_000 ||
      span.attributes.gift === 'true',
  },
  { flags: { error: true }, keeps: (span) => span.is_error },
  {
    flags: { attr: ['http.route=/product/{id}'] },
    keeps: attribute('http.route', (value) => value === '/product/{id}'),
  },
  {
    flags: { attr: [`quo'te=a\\b'c"d=1`] },
    keeps: attribute("quo'te", (value) => value === `a\\b'c"d=1`),
  },
  { flags: { attr: ['unicode=größe – 数'] }, keeps: attribute('unicode', (value) => value !== '') },
  { flags: { attr: ['empty='] }, keeps: (span) => span.attributes.empty === '' },
  { flags: { attr: ['empty!='] }, keeps: () => false },
  { flags: { attr: ['empty'] }, keeps: (span) => 'empty' in span.attributes },
  { flags: { attr: ['gift=true'] }, keeps: attribute('gift', (value) => value === 'true') },
  { flags: { attr: ['price=2.5'] }, keeps: attribute('price', (value) => value === '2.5') },
  {
    flags: { attr: ['product.quantity>2'] },
    keeps: attribute('product.quantity', (value) => Number(value) > 2),
  },
  {
    flags: { attr: ['price<2'] },
    keeps: attribute('price', (value) => value !== '' && Number(value) < 2),
  },
  {
    flags: { attr: ['big>9007199254740992'] },
    keeps: attribute('big', (value) => value !== '' && BigInt(value) > 2n ** 53n),
  },
  {
    flags: { attr: ['big<9223372036854775808', 'big>-9223372036854775809'] },
    keeps: attribute('big', (value) => value !== ''),
  },
  {
    flags: { attr: ['product.quantity>=2', 'product.quantity<=3'] },
    keeps: attribute('product.quantity', (value) => Number(value) >= 2 && Number(value) <= 3),
  },
  {
    flags: { attr: ['price<=2.50'] },
    keeps: attribute('price', (value) => value !== '' && Number(value) <= 2.5),
  },
  {
    flags: { attr: ['big>=9007199254740993', 'big<=9007199254740993'] },
    keeps: attribute('big', (value) => value === '9007199254740993'),
  },
  { flags: { resource: ['host.id<=9007199254740992'] }, keeps: () => false },
  {
    flags: { attr: ['small<-9007199254740992'] },
    keeps: attribute('small', (value) => value !== '' && BigInt(value) < -(2n ** 53n)),
  },
  {
    flags: { attr: ['big>1000.5', 'far>9e20', 'near<1e-6'] },
    keeps: attribute('big', (value) => value !== ''),
  },
  { flags: { attr: ['far=1e+21'] }, keeps: (span) => 'far' in span.attributes },
  { flags: { attr: ['error.type=StockError'] }, keeps: attribute('error', (v) => v === 'true') },
  {
    flags: { attr: ['released=2024-01-01 00:00:00', 'changed.at=2024-07-01 12:30:00.25'] },
    keeps: (span) => 'released' in span.attributes,
  },
  {
    flags: { attr: ['changed=["2024-07-01 12:30:00","2024-07-02 00:00:00"]'] },
    // Jaeger stores lists differently.
    keeps: attribute('changed', (value) => value.startsWith('["2024')),
  },
  {
    flags: { attr: ['k8s.pod.annotation.a.b.c.d=deep', 'day=2024-01-01'] },
    keeps: attribute('day', (value) => value !== ''),
  },
  { flags: { resource: ['host.id>9007199254740992'] }, keeps: () => true },
  { flags: { resource: ['host.id<9007199254740993'] }, keeps: () => false },
  {
    flags: { attr: ['user.id~^user-[12]$'] },
    keeps: attribute('user.id', (value) => /^user-[12]$/.test(value)),
  },
  {
    flags: { resource: ['host.name=web-host'] },
    keeps: (span) => span.resource['host.name'] === 'web-host',
  },
  {
    flags: { resource: ['deployment.environment'] },
    keeps: (span) => 'deployment.environment' in span.resource,
  },
  {
    flags: { resource: ['process.pid>4000', 'host.name~^shop', 'host.name!=x'] },
    keeps: (span) => span.service === 'shop',
  },
  { flags: { resource: ['process.pid<4000'] }, keeps: () => false },
  {
    flags: { event: ['invalid user password'] },
    keeps: (span) => span.event_name.includes('invalid user password'),
  },
  { flags: { minDuration: '200ms' }, keeps: (span) => span.duration >= 200_000_000 },
  { flags: { maxDuration: '1ms' }, keeps: (span) => span.duration <= 1_000_000 },
  {
    // A path with an id may be that of an operation, which has none.
    flags: { name: ['POST /product/7', 'Pay'] },
    keeps: (span) => ['Pay', 'POST /product/{id}'].includes(span.name),
  },
  { flags: { name: ['Pay', 'POST'] }, keeps: (span) => ['Pay', 'POST'].includes(span.name) },
  {
    flags: { kind: ['producer', 'consumer'] },
    keeps: (span) => ['producer', 'consumer'].includes(span.kind),
  },
]

/** Ids of the traces with a matching span. Cached, because `keeps` runs for every span. */
function tracesOf(spans: Meaning[], key: string, value: string): Set<string> {
  const known = traces.get(spans) ?? new Map<string, Set<string>>()
  traces.set(spans, known)
  const cached = known.get(`${key}=${value}`)
  if (cached) return cached
  const matching = spans.filter(({ attributes }) => attributes[key] === value)
  const ids = new Set(matching.map((span) => span.trace_id))
  known.set(`${key}=${value}`, ids)
  return ids
}

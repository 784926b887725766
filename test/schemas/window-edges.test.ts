/** Events, journeys and traces at the edges of the window, over spans that began long before. */
import type { Session } from 'chdb'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { FilterFlags } from '../../cli/options/filters.ts'
import { compose } from '../../cli/query/compose/compose.ts'
import { readSql } from '../../cli/query/files.ts'
import { leftOutNote } from '../../cli/session/notes/window.ts'
import type { Session as Asking } from '../../cli/session/session.ts'
import { temporaryFolder } from '../folder.ts'
import { ask, asStore, startEngine, store } from './engine.ts'
import { childOf, madeSpan } from './made.ts'
import { resultOf, sourceOf } from './source.ts'
import { FROM, type Span } from './spans.ts'

const MINUTE = 60_000_000_000n
const WINDOW = { from: FROM, to: FROM + 10n * MINUTE, bucket: 60 }
const folder = temporaryFolder()
let session: Session

const event = (time: bigint, name: string) => ({ time, name, attributes: {} })

/** A job of two hours that began an hour before the window, with events inside and outside. */
const job = madeSpan({
  time: FROM - 60n * MINUTE,
  duration: 120n * MINUTE,
  name: 'job',
  kind: 2,
  service: 'jobs',
  attributes: { 'user.id': 'ada' },
  events: [
    event(FROM - 1n, 'just before'),
    event(FROM, 'at the start'),
    event(FROM + 5n * MINUTE, 'inside'),
    event(FROM + 10n * MINUTE - 1n, 'at the end'),
    event(FROM + 10n * MINUTE, 'just after'),
  ],
})
/** Its child within the window, without the attribute. */
const step = childOf(job, {
  time: FROM + MINUTE,
  name: 'step',
  kind: 2,
  service: 'steps',
})
/** A span of the window whose event is after it. */
const late = madeSpan({
  time: FROM + 9n * MINUTE,
  duration: 30n * MINUTE,
  name: 'late',
  service: 'jobs',
  events: [event(FROM + 20n * MINUTE, 'much later')],
})
/** A trace that lies outside. */
const past = madeSpan({
  time: FROM - 90n * MINUTE,
  name: 'past',
  kind: 2,
  service: 'jobs',
  attributes: { 'user.id': 'ada' },
  events: [event(FROM - 89n * MINUTE, 'past')],
})

beforeAll(async () => {
  session = await startEngine(folder.path)
  store(session, 'otel-map', [job, step, late, past] satisfies Span[])
})

afterAll(() => {
  session.close()
  folder.remove()
})

const rows = (name: string, given = {}, flags: FilterFlags = {}) =>
  resultOf(session, 'otel-map', name, given, flags, WINDOW)

it('events are those of the window, whenever their span began', async () => {
  expect((await rows('events')).map((row) => row.event)).toEqual([
    'at the end',
    'inside',
    'at the start',
  ])
})

it('events of a named service are found so, too', async () => {
  const found = await rows('events', {}, { service: ['jobs'], name: ['job'] })
  expect(found).toHaveLength(3)
})

it('--trace-attr finds spans of the window by an attribute of a span before it', async () => {
  const source = { ...sourceOf('otel-map', { traceAttr: ['user.id=ada'] }), window: WINDOW }
  const found = await ask(session, compose('SELECT name FROM spans ORDER BY name', {}, source))
  expect(found).toEqual([{ name: 'step' }])
})

it('a journey shows the requests of the window, of traces whose user is named before it', async () => {
  const found = await rows('journey', { user_id: 'ada' })
  expect(found.map(({ request }) => request)).toEqual(['step'])
})

it('a journey reads a trace of the window whole', async () => {
  const own = { from: FROM - 61n * MINUTE, to: FROM - 58n * MINUTE, bucket: 60 }
  const found = await resultOf(session, 'otel-map', 'journey', { user_id: 'ada' }, {}, own)
  expect(found.map(({ request }) => request)).toEqual(['job', 'step'])
})

const DAY = 1440n * MINUTE

it.each<[string, FilterFlags, bigint, string | undefined]>([
  ['SELECT event_name FROM spans_nearby', {}, DAY + 31n * MINUTE, 'a span of more than a day'],
  ['SELECT event_name FROM spans_nearby', {}, DAY + 29n * MINUTE, undefined],
  ['SELECT event_name FROM spans_nearby', { service: ['other'] }, 2n * DAY, undefined],
  ['SELECT name FROM spans', { traceAttr: ['a=b'] }, 2n * DAY, 'a span of more than a day'],
  ['SELECT name FROM spans', { traceAttr: ['a=c'] }, 2n * DAY, undefined],
  ['SELECT name FROM spans', { traceAttr: ['a=c', 'a=b'] }, 2n * DAY, 'a span of more than a day'],
  ['SELECT name FROM spans', {}, 2n * DAY, undefined],
  ['SELECT name FROM spans_nearby', { name: ['other'] }, 2n * DAY, undefined],
  ['SELECT name FROM spans_nearby', { attr: ['a=c'] }, 2n * DAY, undefined],
  ['SELECT name FROM spans_nearby', { where: "service = 'other'" }, 2n * DAY, undefined],
  ['SELECT name FROM spans_nearby', { where: "service = 'jobs'" }, 2n * DAY, 'a span of more'],
  ['SELECT * FROM spans_nearby', {}, 2n * DAY, 'a span of more than a day'],
  ['SELECT name FROM spans_nearby -- of_user, event_time', {}, 2n * DAY, 'a span of more'],
  ['events', {}, 2n * DAY, undefined],
  ['events', {}, 3n * DAY, 'a span of more than a day'],
  ['events', { event: ['tick'] }, 3n * DAY, 'a span of more than a day'],
  ['events', { event: ['other'] }, 3n * DAY, undefined],
  ['journey ada', {}, 2n * DAY, 'a span of more than a day'],
  ['journey bob', {}, 2n * DAY, undefined],
])(
  '%s %j, over a span that began a day and half an hour before and took %d ns',
  async (text, flags, duration, said) => {
    const long = madeSpan({
      time: FROM - DAY - 30n * MINUTE,
      duration,
      service: 'jobs',
      attributes: { a: 'b', 'user.id': 'ada' },
      events: [event(FROM + (duration === 3n * DAY ? MINUTE : -MINUTE), 'tick')],
    })
    store(session, 'otel-json', [long])
    const source = { ...sourceOf('otel-json', flags), window: WINDOW }
    const asking = { store: asStore(session), source } as Asking
    const [name = '', user = ''] = text.split(' ')
    const query = /^[a-z]/.test(text)
      ? compose(readSql(`${name}.sql`), { user_id: user, contains: '', limit: 9 }, source)
      : compose(text, {}, source)
    // More than a person's question may take: a busy machine must not silence the note here.
    const note = await leftOutNote(asking, query, 60)
    if (said === undefined) expect(note).toBeUndefined()
    else expect(note).toContain(said)
  },
)

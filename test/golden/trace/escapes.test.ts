/** Escapes in any text of a span or log never reach the output. */
import { Chalk } from 'chalk'
import { expect, test } from 'vitest'
import { traceMarkdown } from '../../../cli/trace/export/markdown.ts'
import { mergeTraces } from '../../../cli/trace/flame/flame.ts'
import { flameView } from '../../../cli/trace/flame/view.ts'
import { buildTrace } from '../../../cli/trace/model/build.ts'
import type { LogRow } from '../../../cli/trace/model/span-row.ts'
import { criticalPathList } from '../../../cli/trace/waterfall/critical-path-list.ts'
import { waterfall } from '../../../cli/trace/waterfall/waterfall.ts'
import { row, timeAt } from './traces.ts'

const EVIL = 'a\u001b[2J\u009b31m\u202e\u2028\u0007b'
const MAP = { [EVIL]: EVIL, 'exception.type': EVIL, 'exception.stacktrace': `${EVIL}\n\t${EVIL}` }

const evil = (id: string, parent: string, given: { at: number; took: number }) => {
  const span = row(id, parent, EVIL, {
    ...given,
    events: [[1, EVIL, MAP]],
    service: EVIL,
    is_error: true,
    attributes: MAP,
    resource: MAP,
  })
  const texts = [
    'trace_state',
    'scope',
    'scope_version',
    'kind',
    'status',
    'status_message',
  ] as const
  for (const key of [...texts, 'db_query', 'http_method', 'http_route', 'http_path'] as const) {
    span[key] = EVIL
  }
  return { ...span, link_trace_id: [EVIL], link_span_id: [EVIL], link_attributes: [MAP] }
}

test('in a tree, a list, Markdown and a flame', () => {
  const rows = [
    evil('a', '', { at: 0, took: 100 }),
    ...Array.from({ length: 6 }, (_, i) => evil(`c${i}`, 'a', { at: 10 * i, took: 9 })),
    evil('o', EVIL, { at: 5, took: 9 }),
  ]
  const trace = buildTrace(rows)
  const log: LogRow = {
    time: timeAt(1),
    span_id: EVIL,
    service: EVIL,
    severity: EVIL,
    body: EVIL,
    attributes: MAP,
  }
  const logs = [log, { ...log, span_id: rows[0]!.span_id }]
  const screen = { width: 100, colour: new Chalk({ level: 0 }), timeZone: 'UTC' }
  const merging = mergeTraces()
  merging.add(trace)
  for (const all of [true, false]) {
    const options = { fold: !all, attributes: all, stack: all }
    const lines = [
      ...waterfall(trace, logs, options, screen),
      ...criticalPathList(trace, screen),
      ...traceMarkdown(trace, logs, trace.spans, options, screen),
      ...flameView(merging.flame(), screen, 60),
    ]
    expect(lines.filter((line) => /[\p{Cc}\u202e\u2028]/u.test(line))).toEqual([])
  }
})

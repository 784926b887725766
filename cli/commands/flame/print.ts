/** Writes a flame in the format of the flags. */

import { through, visible } from '../../output/escape.ts'
import { readTemplate, writePage } from '../../output/html-file.ts'
import { lines, writeAll, writeResult } from '../../output/output.ts'
import { byName } from '../../query/schema.ts'
import type { Column, Row } from '../../result.ts'
import { moreNote } from '../../session/print.ts'
import type { Session } from '../../session/session.ts'
import { type Flame, foldedStacks, inOrder, withDigits } from '../../trace/flame/flame.ts'
import { flamePage } from '../../trace/flame/html.ts'
import { flameView } from '../../trace/flame/view.ts'
import type { FlameOptions } from './options.ts'

/** Paths in the terminal. */
const USUAL = 60

/** Writes a flame in the format of the flags. */
export async function printFlame(
  { context }: Session,
  flame: Flame,
  { filters, html, limit, output }: FlameOptions,
): Promise<void> {
  const { stdout } = context
  const { format, ownFormat, utc } = output
  if (html !== undefined) {
    const { conditions } = filters
    const chosen = [
      conditions.find(({ filter }) => byName(filter)),
      conditions.find(({ filter }) => filter === 'service'),
    ]
    const about = [(chosen[0] ?? chosen[1])?.value ?? []].flat().join(', ')
    await writePage(html, flamePage(flame, readTemplate('flame'), about))
    return context.say(`wrote ${html}: open it in a browser`)
  }
  if (format === 'terminal' && ownFormat === undefined)
    return writeAll(stdout, lines(flameView(flame, context.screen(utc), limit ?? USUAL)))
  let more = false
  const limited = function* <One>(all: Iterable<One>): Generator<One> {
    let left = limit ?? Number.POSITIVE_INFINITY
    for (const one of all) {
      if (left-- > 0) yield one
      else {
        more = true
        return
      }
    }
  }
  if (ownFormat === 'folded') {
    await writeAll(stdout, through(visible, lines(limited(foldedStacks(flame)))))
    if (more) context.say(moreNote(limit!, 'path'))
    return
  }
  const columns = COLUMNS.map(column)
  await writeResult(
    stdout,
    { title: 'Flame', columns, rows: limited(rows(flame)) },
    output,
    'table',
    context.screen(),
  )
  if (more) context.say(moreNote(limit!, 'path'))
}

const COLUMNS = ['path', 'service', 'name', 'depth', 'calls', 'errors', 'total', 'self']

/** Times are ns. */
const column = (name: string): Column =>
  /^(?:total|self)$/.test(name)
    ? { name, type: 'UInt64', unit: 'ns' }
    : { name, type: /^(?:depth|calls|errors)$/.test(name) ? 'UInt64' : 'String' }

function* rows({ root }: Flame): Generator<Row> {
  const paths = new Map<object, string[]>()
  for (const frame of inOrder(root)) {
    const { parent, service, name, depth, calls, errors } = frame
    if (!parent) continue
    const path = [...(paths.get(parent) ?? []), name]
    paths.set(frame, path)
    const total = withDigits(frame.total, frame.exactTotal)
    const self = withDigits(frame.self, frame.exactSelf)
    yield { path, service, name, depth, calls, errors, total, self }
  }
}

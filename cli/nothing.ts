/** Says why an answer is empty: no spans at all, none in the window, or none as asked for. */
import type { Asking } from './asking.ts'
import { readQuery } from './catalogue.ts'
import { compose, type Source } from './query/compose.ts'
import { stripHeader } from './query/header.ts'
import { isEverybody } from './query/population.ts'
import { isoText } from './query/window.ts'
import { formatUnit } from './render/units.ts'

const SECOND = 1_000_000_000n
const EVERYBODY = { conditions: [], traceConditions: [] }

/** One sentence with what to type next. */
export async function whyNothing(asking: Asking): Promise<string> {
  const { source, context, store } = asking
  const { window, ...always } = source
  const inWindow = await extent(asking, { ...source, population: EVERYBODY })
  if (inWindow.spans > 0) {
    const chosen = await extent(asking, source)
    if (chosen.spans > 0) {
      const some = isEverybody(source.population)
        ? `${count(chosen.spans)} in the window`
        : `${count(inWindow.spans)} in the window, ${formatUnit(chosen.spans, 'short')} as the flags choose`
      return `${some}, none of them with what was asked for`
    }
    return `${count(inWindow.spans)} in the window, none as the flags choose: otrace services and otrace attributes tell what there is`
  }
  const all = window ? await extent(asking, { ...always, population: EVERYBODY }) : inWindow
  if (all.spans === 0) {
    return `${store.place} has no spans yet: send some (otrace up says where), or try otrace demo`
  }
  const ago = context.now() - all.newest
  const since = formatUnit(Number(ago < 0n ? -ago : ago), 'ns')
  if (ago < 0n) {
    const to = isoText(all.newest - (all.newest % SECOND) + SECOND).replace(/\.\d+/, '')
    return `no span in the window: the newest starts ${since} from now, so a clock is wrong; try --from now --to ${to}, and otrace doctor`
  }
  const minutes = Number(ago / 60_000_000_000n) + 1
  const flag = minutes < 120 ? `${minutes}m` : `${Math.ceil(minutes / 60)}h`
  return `no span in the window: the newest is ${since} old, try --since ${flag}`
}

async function extent(
  { store }: Asking,
  source: Source,
): Promise<{ spans: number; newest: bigint }> {
  const sql = stripHeader(readQuery('store/extent.sql'))
  const { rows } = await store.ask(compose(sql, {}, { ...source, weighted: false }))
  for await (const { spans, newest } of rows) {
    const [seconds = '', nanos = ''] = String(newest).split('.')
    const at = BigInt(Date.parse(`${seconds.replace(' ', 'T')}Z`)) * 1_000_000n + BigInt(nanos || 0)
    return { spans: Number(spans), newest: at }
  }
  return { spans: 0, newest: 0n }
}

function count(spans: number): string {
  return spans === 1 ? '1 span' : `${formatUnit(spans, 'short')} spans`
}

/** A flame graph for a terminal: callers above, callees below, largest first. */
import type { Screen } from '../../render/renderer.ts'
import { cut, textWidth, wrapWords } from '../../render/text.ts'
import { type Paint, theme } from '../../render/theme.ts'
import { formatNumber, formatUnit, plural } from '../../units/units.ts'
import { formatShare, oneLine, serviceText } from '../text.ts'
import { bar } from '../waterfall/bar.ts'
import { servicePaints } from '../waterfall/theme.ts'
import type { Flame, Frame } from './flame.ts'

/** A path with less of the whole than this is counted, not shown. */
const LEAST = 0.005

interface Drawn {
  frame: Frame
  rails: string
  last: boolean
  /** Where it begins on the axis of the whole, in ns. */
  from: number
}

/** Lines no wider than the screen. `most` is the largest number of paths shown. */
export function* flameView(flame: Flame, screen: Screen, most: number): Generator<string> {
  const { root, traces, spans } = flame
  const { colour, width } = screen
  const work = formatUnit(root.total, 'ns')
  const of = `of work in ${plural(spans, 'span', 'spans')} of ${plural(traces, 'trace', 'traces')}`
  for (const line of wrapWords(`${work} ${of}`, width)) yield line.replace(work, colour.bold(work))
  yield ''
  const narrow = width < 60
  const name = narrow ? width - 16 : Math.min(80, Math.max(20, Math.round(width * 0.4)))
  const room = narrow ? 0 : width - name - 34
  const all = narrow ? '' : `${'calls'.padStart(8)}${'total'.padStart(9)}`
  yield colour.dim(`${' '.repeat(name)}${all}${'self'.padStart(9)}${'self %'.padStart(7)}`)
  const paints = servicePaints(servicesOf(root), colour)
  const stack: Drawn[] = tops(root.children, '', root.total, 0).reverse()
  let shown = 0
  let hidden = 0
  let hiddenTime = 0
  for (let one = stack.pop(); one; one = stack.pop()) {
    const { frame, rails, last, from } = one
    if (shown >= most || frame.total < LEAST * root.total) {
      hidden++
      hiddenTime += frame.total
      continue
    }
    shown++
    const own = frame.depth === 1 ? '' : `${rails}${last ? '└ ' : '├ '}`
    const below = frame.depth === 1 ? '' : `${rails}${last ? '  ' : '│ '}`
    yield drawFrame(one, own, {
      name,
      room,
      whole: root.total,
      paint: paints(frame.service),
      colour,
      screen,
    })
    const children = tops(frame.children, below, root.total, from)
    for (let i = children.length - 1; i >= 0; i--) stack.push(children[i]!)
  }
  yield ''
  const rest =
    hidden > 0
      ? `  ${plural(hidden, 'path', 'paths')} with ${formatUnit(hiddenTime, 'ns')} not shown`
      : ''
  const legend = narrow ? rest.trim() : `█ self  ━ with its children${rest}`
  for (const line of wrapWords(legend, width)) yield colour.dim(line)
}

interface Place {
  name: number
  room: number
  whole: number
  paint: Paint
  colour: Screen['colour']
  screen: Screen
}

/** In 7 columns. */
const countText = (count: number) =>
  count < 1e6 ? formatNumber(count) : formatUnit(count, 'short')

function drawFrame({ frame, from }: Drawn, rails: string, place: Place): string {
  const { name, room, whole, paint, colour } = place
  const deep = textWidth(rails) > name / 2 ? `⋯${frame.depth} ` : rails
  const service = frame.parent?.service === frame.service ? '' : ` ${serviceText(frame.service)}`
  const failed = frame.errors > 0 ? `✗${countText(Math.round(frame.errors))} ` : ''
  const space = name - 1 - textWidth(deep) - textWidth(failed)
  const where = textWidth(service) + Math.min(12, textWidth(frame.name)) <= space ? service : ''
  const title = cut(oneLine(frame.name) || '(no name)', Math.max(1, space - textWidth(where)))
  const used = textWidth(deep + failed + title + where)
  const part = formatShare(frame.self / whole)
  const all = [
    countText(Math.round(frame.calls)).padStart(8),
    formatUnit(Math.round(frame.total), 'ns').padStart(9),
  ].join('')
  const own = formatUnit(Math.round(frame.self), 'ns').padStart(9)
  const figures = room > 0 ? all + own : own
  const hot = frame.self / whole >= 0.1
  const pieces =
    room < 8
      ? []
      : bar([{ from, to: from + frame.total }], [{ from, to: from + frame.self }], whole, room)
  const bars = pieces.map(({ kind, text }) =>
    kind === 'path' ? paint(text) : colour.dim(paint(text)),
  )
  return `${colour.dim(deep)}${theme(colour).error(failed)}${title}${paint(where)}${' '.repeat(Math.max(0, name - used))}${figures}${hot ? colour.bold(part.padStart(7)) : part.padStart(7)} ${bars.join('')}`.trimEnd()
}

/** Siblings side by side, after their caller's self time. */
function tops(frames: Frame[], rails: string, whole: number, from: number): Drawn[] {
  let at = from + (frames[0]?.parent?.parent ? frames[0].parent.self : 0)
  const kept = frames.filter(({ total }) => total >= LEAST * whole)
  return frames.map((frame) => {
    const drawn = { frame, rails, last: frame === kept.at(-1), from: at }
    at += frame.total
    return drawn
  })
}

function servicesOf(root: Frame): Set<string> {
  const services = new Set<string>()
  const stack = [...root.children]
  for (let one = stack.pop(); one; one = stack.pop()) {
    services.add(one.service)
    stack.push(...one.children)
  }
  return services
}

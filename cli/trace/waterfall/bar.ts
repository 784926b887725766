/** Bars on the time axis: a block on the critical path, a line elsewhere. */

import type { Stretch } from '../model/trace.ts'

/** A piece of a bar: `path` where it is on the critical path, `run` where it only runs, `none` where it does not. */
export interface Piece {
  kind: 'path' | 'run' | 'none'
  text: string
}

/**
 * Stretches of time (ns from the trace's start) on an axis of `duration` ns and `width` columns, to half a column. A
 * stretch shorter than half a column still shows. A path that fills half of no cell shows in the cell with most of it.
 */
export function bar(
  running: readonly Stretch[],
  critical: readonly Stretch[],
  duration: number,
  width: number,
): Piece[] {
  const halves = width * 2
  const run = cover(running, duration, halves)
  const path = cover(critical, duration, halves)
  const runs = (i: number) => run[i]! >= 0.5
  const lit = light(run, running, duration)
  const short = (i: number) => lit.has(i) && path[i]! > 0 && path[i]! >= run[i]! / 2
  const most = path.reduce((best, part, i) => (part > path[best]! ? i : best), 0)
  const onPath = (i: number) => path[i]! >= 0.5 || short(i) || (i === most && path[i]! > 0)
  const pieces: Piece[] = []
  for (let i = 0; i < halves; i += 2) {
    const [kind, text] =
      onPath(i) || onPath(i + 1)
        ? (['path', onPath(i) ? (onPath(i + 1) ? '█' : '▌') : '▐'] as const)
        : runs(i) || runs(i + 1) || lit.has(i) || lit.has(i + 1)
          ? ([
              'run',
              runs(i) || lit.has(i) ? (runs(i + 1) || lit.has(i + 1) ? '━' : '╸') : '╺',
            ] as const)
          : (['none', ' '] as const)
    const last = pieces.at(-1)
    if (last?.kind === kind) last.text += text
    else pieces.push({ kind, text })
  }
  return pieces
}

/** How much of each cell the stretches cover, 0 to 1 (more where they overlap). O(stretches + cells). */
function cover(stretches: readonly Stretch[], duration: number, cells: number): Float64Array {
  const covered = new Float64Array(cells)
  if (duration <= 0) return covered
  const steps = new Float64Array(cells + 1)
  for (const { from, to } of stretches) {
    const left = clamp((from / duration) * cells, cells)
    const right = clamp((to / duration) * cells, cells)
    const first = Math.min(cells - 1, Math.floor(left))
    const last = Math.min(cells - 1, Math.floor(right))
    if (first === last) {
      covered[first]! += right - left
      continue
    }
    covered[first]! += first + 1 - left
    covered[last]! += right - last
    steps[first + 1]! += 1
    steps[last]! -= 1
  }
  let full = 0
  for (let i = 0; i < cells; i++) {
    full += steps[i]!
    covered[i]! += full
  }
  return covered
}

/** The cell of each stretch that is too short to fill half of one: the one it covers most. */
function light(
  covered: Float64Array,
  stretches: readonly Stretch[],
  duration: number,
): Set<number> {
  const cells = covered.length
  const lit = new Set<number>()
  for (const { from, to } of stretches) {
    if (duration > 0 && ((to - from) / duration) * cells >= 1.5) continue
    const middle = duration > 0 ? ((from + to) / 2 / duration) * cells : 0
    lit.add(Math.min(cells - 1, Math.floor(clamp(middle, cells))))
  }
  return lit
}

function clamp(value: number, most: number): number {
  return Math.max(0, Math.min(most, value))
}

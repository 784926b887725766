/** A waterfall of many screens: how long it is, and its header again at the end. */
import type { Screen } from '../../render/renderer.ts'
import { theme } from '../../render/theme.ts'
import { formatNumber } from '../../units/units.ts'

/** Lines that a reader still scrolls through without being told. */
const LONG = 200

/** @param head the lines that a waterfall begins with */
export function* withEnds(all: string[], head: string[], { colour }: Screen): Generator<string> {
  const { dim } = theme(colour)
  const isLong = all.length > LONG
  if (isLong) yield dim(`${formatNumber(all.length)} lines, and the summary again at the end`)
  yield* all
  if (!isLong) return
  yield ''
  yield* head
}

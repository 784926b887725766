/** A series of numbers as one line of blocks. */

const BLOCKS = '▁▂▃▄▅▆▇█'

/**
 * One character for each value, from 0 (or the lowest, if below) to the highest; a gap stays a gap. More than `width`
 * values are drawn in `width` characters, each the highest of its values.
 */
export function sparkline(values: (number | null)[], width = values.length): string {
  const points = peaks(values, width)
  const known = points.filter((value) => value !== null)
  const low = known.reduce((a, b) => Math.min(a, b), 0)
  const high = known.reduce((a, b) => Math.max(a, b), low)
  return points
    .map((value) => {
      if (value === null) return ' '
      const share = high === low ? 0 : (value - low) / (high - low)
      // Only 0 is drawn as the lowest block, so that a single error among thousands of calls shows.
      return BLOCKS[share === 0 ? 0 : Math.max(1, Math.round(share * 7))]
    })
    .join('')
}

/**
 * `values` in at most `width` columns, each the highest of its values (an average would draw a spike that lasts one
 * bucket as half of it); a column is null only where all of them are.
 */
function peaks(values: (number | null)[], width: number): (number | null)[] {
  const finite = (value: number | null) => (value !== null && Number.isFinite(value) ? value : null)
  if (values.length <= width) return values.map(finite)
  const columns = new Array<number | null>(width).fill(null)
  values.forEach((value, i) => {
    const column = Math.floor((i * width) / values.length)
    const here = columns[column]!
    const known = finite(value)
    if (known !== null && (here === null || known > here)) columns[column] = known
  })
  return columns
}

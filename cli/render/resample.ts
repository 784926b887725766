/** Many values into few columns, so that no peak is lost. Pure; used by the charts. */

/**
 * `values` in at most `width` columns, each the highest of those it stands for (an average would draw a spike that lasts one
 * bucket as half of it); a column is null only where all of them are.
 */
export function peaks(values: (number | null)[], width: number): (number | null)[] {
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

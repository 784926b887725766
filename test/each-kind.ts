/** Fewer cases for `npm test`: what each kind needs. */

/**
 * The cases that are needed for each kind to be in one of them, in their order: first those of many kinds, and of
 * equal ones the earlier. OTRACE_LONG=1: all.
 */
export function ofEachKind<T>(cases: readonly T[], kindsOf: (one: T) => readonly string[]): T[] {
  if (process.env.OTRACE_LONG) return [...cases]
  const left = new Set(cases.flatMap(kindsOf))
  const kept = new Set<T>()
  while (left.size > 0) {
    const news = cases.map((one) => new Set(kindsOf(one).filter((kind) => left.has(kind))))
    const most = Math.max(...news.map(({ size }) => size))
    const nth = news.findIndex(({ size }) => size === most)
    for (const kind of news[nth]!) left.delete(kind)
    kept.add(cases[nth]!)
  }
  return cases.filter((one) => kept.has(one))
}

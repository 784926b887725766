/** The functions of the library that a statement calls. */
import { resolveConditions } from '../marks.ts'
import { clauses, wordsIn } from '../prune.ts'
import type { Library } from './source.ts'

/** The functions that a statement calls, directly or indirectly. */
export function calledFunctions(
  sql: string,
  library: string,
  weighted: boolean,
  hourly = false,
): string[] {
  const { definitions } = clauses(library)
  const named = new Set(wordsIn(sql))
  const used = new Map<string, string>()
  for (let before = -1; before < used.size; ) {
    before = used.size
    for (const { name, text } of definitions) {
      if (used.has(name) || !named.has(name)) continue
      const decided = resolveConditions(text, { hourly, weighted })
      used.set(name, decided)
      for (const word of wordsIn(decided)) named.add(word)
    }
  }
  return definitions.flatMap(({ name }) => used.get(name) ?? [])
}

/** A statement with the functions that it calls. */
export function withFunctions(sql: string, { functions: library }: Library): string {
  return `WITH\n${calledFunctions(sql, library, false).join(',\n')}\n${sql}`
}

/** Commands in notes and hints, as they are typed where only npx starts the program. */
import { HELP, WRITTEN } from '../catalogue.ts'
import { builtQueries } from './built-queries.ts'

/** A function that writes `npx otrace slow` for `otrace slow`. */
export function namedForNpx(): (text: string) => string {
  const names = [...WRITTEN, HELP, ...(builtQueries() ?? [])].map(({ name }) => name)
  // `otrace only reads` is a sentence.
  const typed = new RegExp(`(?<![\\w/-]|npx )otrace (?=(?:${names.join('|')})(?![\\w-])|--)`, 'g')
  return (text) => text.replace(typed, 'npx otrace ')
}

/** Commands in notes and hints, as they are typed where only npx starts the program. */
import { HELP, WRITTEN } from '../catalogue.ts'
import { builtQueries } from './built-queries.ts'

/** Before a command in a sentence of ours. After another word `otrace` is a value: of a flag, of a column. */
const BEFORE = '^|[`(]|[:;?→] |\\b(?:and|or|restart|see|start|try|use|with) '

/** Before a command alone, thus also before a query of the user's folders. */
const BEFORE_ANY = '\\$ |`|\\b(?:mean|like) '

/** A function that writes `npx otrace slow` for `otrace slow`, but in data that commands and sentences hold. */
export function namedForNpx(): (text: string) => string {
  const names = [...WRITTEN, HELP, ...(builtQueries() ?? [])].map(({ name }) => name)
  // `otrace only reads` is a sentence.
  const known = `(?:(?:${names.join('|')})(?![\\w-])|--)`
  const typed = new RegExp(
    `(?<=${BEFORE})otrace (?=${known})|(?<=${BEFORE_ANY})otrace (?=[a-z-])`,
    'gm',
  )
  return (text) => text.replace(typed, 'npx otrace ')
}

/** An id that was typed by its first characters, as the commands of git take them. */
import { usage } from '../errors.ts'
import { builtInQuery, quietRows } from './run.ts'
import type { Session } from './session.ts'

/** Ids of this form are whole; what a user types of one is shorter. */
const WHOLE = /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32})$/i

/**
 * The only value of the attributes that begins with `typed`, else `typed`.
 * @param flag names the argument in the error
 * @throws OtraceError (exit 2) where it could stand for several
 */
export async function wholeId(
  session: Session,
  flag: string,
  typed: string,
  attributes: readonly string[],
): Promise<string> {
  if (WHOLE.test(typed) || session.options.output.sql) return typed
  // Indexes find a whole value; a beginning reads every span.
  const whole = await Promise.all(attributes.map((key) => hasPair(session, key, typed)))
  if (whole.includes(true)) return typed
  const given = { keys: [...attributes], prefix: typed }
  const rows = await quietRows(
    session,
    builtInQuery('internal/list/ids.sql', given, session.source),
  )
  const [first, ...more] = rows.map(({ value }) => String(value))
  if (first === undefined || first === typed) return typed
  if (more.length === 0) {
    session.context.say(`${flag} ${typed} is ${first}`)
    return first
  }
  const shown = [first, ...more].slice(0, 5).join(', ')
  throw usage(
    `${flag} '${typed}' could be ${more.length < 5 ? more.length + 1 : 'more than five'} ids`,
    `type more of it: ${shown}`,
  )
}

async function hasPair(session: Session, key: string, value: string): Promise<boolean> {
  const { source } = session
  const conditions = [...source.filters.conditions, { filter: 'attr-equals' as const, key, value }]
  const asked = { ...source, filters: { ...source.filters, conditions }, weighted: false }
  const any = builtInQuery('internal/store/any-span.sql', {}, asked)
  return (await quietRows(session, any)).length > 0
}

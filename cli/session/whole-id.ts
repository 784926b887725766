/** An id typed by its first characters, as git takes them, or in another spelling. */
import { usage } from '../errors.ts'
import { otherSpellings } from '../query/did-you-mean.ts'
import { builtInQuery, quietRows } from './run.ts'
import type { Session } from './session.ts'

/** Ids of this form are whole, and written as most programs do. */
const PLAIN = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** Nothing longer begins like these. */
const WHOLE = /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32})$/i

/**
 * The value of the attributes that is meant by `typed`: the value itself, the same in another spelling, or the only one
 * that begins so; else `typed`.
 * @param flag names the argument in the error
 * @throws OtraceError (exit 2) where it could mean several
 */
export async function wholeId(
  session: Session,
  flag: string,
  typed: string,
  attributes: readonly string[],
): Promise<string> {
  if (PLAIN.test(typed) || session.options.output.sql) return typed
  const named = attributes.find((key) => typed.startsWith(`${key}=`))
  const text = named ? typed.slice(named.length + 1) : typed
  const spellings = [...new Set([text, ...otherSpellings(text)])]
  // Indexes find a whole value; a beginning reads every span.
  for (const value of spellings) {
    const found = await Promise.all(attributes.map((key) => hasPair(session, key, value)))
    if (found.includes(true)) return meant(value)
  }
  if (spellings.some((each) => WHOLE.test(each))) return typed
  for (const prefix of spellings.slice(0, 2)) {
    const given = { keys: [...attributes], prefix }
    const rows = await quietRows(
      session,
      builtInQuery('internal/list/ids.sql', given, session.source),
    )
    const [first, ...more] = rows.map(({ value }) => String(value))
    if (first === undefined) continue
    if (more.length === 0) return meant(first)
    const shown = [first, ...more].slice(0, 5).join(', ')
    throw usage(
      `${flag} '${typed}' could be ${more.length < 5 ? more.length + 1 : 'more than five'} ids`,
      `type more of it: ${shown}`,
    )
  }
  return typed

  function meant(value: string): string {
    if (value !== typed) session.context.say(`${flag} ${typed} is ${value}`)
    return value
  }
}

async function hasPair(session: Session, key: string, value: string): Promise<boolean> {
  const { source } = session
  const conditions = [...source.filters.conditions, { filter: 'attr-equals' as const, key, value }]
  const asked = { ...source, filters: { ...source.filters, conditions }, weighted: false }
  const any = builtInQuery('internal/store/any-span.sql', {}, asked)
  return (await quietRows(session, any)).length > 0
}

/** Parses a statement of `otrace sql`, and refuses invalid ones before sending them. */
import { OtraceError, refused, usage } from '../errors.ts'
import { didYouMean } from './did-you-mean.ts'
import { bare, placeholders, reads, solid, topLevel, withoutSemicolons } from './sql-text.ts'

/** Relations that otrace composes; they are not tables. */
const RELATIONS = ['spans', 'red'] as const

export interface TypedSql {
  /** Without a trailing semicolon. */
  sql: string
  /** The relation of a DESCRIBE. */
  described?: (typeof RELATIONS)[number]
}

/**
 * Parses a typed statement, with its macros expanded.
 * @throws OtraceError (exit 2) for what flags do instead; (exit 4) for any statement that does not read
 */
export function readTyped(text: string): TypedSql {
  const sql = withoutSemicolons(text)
  if (solid(sql).trim() === '') throw noStatement()
  const plain = topLevel(sql)
  if (bare(sql).includes(';')) {
    throw usage('more than one statement given', 'run one at a time')
  }
  const described = describedIn(solid(sql))
  if (described) return { sql, described }
  refuseWords(sql, plain)
  refuseForms(plain)
  refusePlaceholders(sql)
  return { sql }
}

export function noStatement(): OtraceError {
  return usage('no statement given', 'otrace sql "SELECT count() FROM spans"')
}

/**
 * Refuses the statement of a query file that does not read, or is more than one.
 * @param query.sqlLine the line of the SQL in the file, 1-based
 * @throws OtraceError (exit 2; 4 for a statement that would change something) with the place in the file
 */
export function refuseInFile(query: { path: string; sql: string; sqlLine: number }) {
  const { path, sql, sqlLine } = query
  const place = (index: number) => {
    const before = sql.slice(0, index).split('\n')
    return `${path}:${sqlLine + before.length - 1}:${before.at(-1)!.length + 1}`
  }
  const plain = solid(sql)
  const end = plain.indexOf(';')
  const second = end === -1 ? -1 : plain.slice(end).search(/[^\s;]/)
  if (second !== -1) {
    throw usage(`${place(end + second)}: a second statement`, 'put it into a file of its own')
  }
  const described = describedIn(plain)
  if (described) {
    const at = place(plain.search(/\S/))
    throw usage(`${at}: ${described} is not a table`, `otrace sql "DESCRIBE ${described}"`)
  }
  const outer = topLevel(sql)
  try {
    refuseWords(sql, outer)
    refuseForms(outer)
  } catch (error) {
    if (!(error instanceof OtraceError)) throw error
    const form = outer.search(/\bINTO\s+OUTFILE\b|\bFORMAT\s+\w+\s*(?:SETTINGS\b[\s\S]*)?$/i)
    const at = place(form === -1 ? plain.search(/\S/) : form)
    const hint =
      error.hint?.replace(EXAMPLE, '').trim() || 'write a whole one: SELECT * FROM spans LIMIT 10'
    throw Object.assign(new OtraceError('usage', `${at}: ${error.message}`, hint), {
      exit: error.exit,
    })
  }
}

/** Splits `SETTINGS …` of the whole statement from it. */
export function splitSettings(sql: string): { sql: string; settings: string } {
  const pattern = /\bSETTINGS\s+\w+\s*=(?:(?!\b(?:SELECT|UNION|FROM)\b)[\s\S])*$/i
  const settings = pattern.exec(topLevel(sql))
  if (!settings) return { sql, settings: '' }
  return { sql: sql.slice(0, settings.index).trim(), settings: sql.slice(settings.index) }
}

const DESCRIBED =
  /^\s*(?:DESC(?:RIBE)?(?:\s+TABLE)?|SHOW\s+(?:FULL\s+)?(?:COLUMNS|FIELDS)\s+(?:FROM|IN))\s+(\w+)\s*$/i

function describedIn(plain: string): TypedSql['described'] {
  const name = DESCRIBED.exec(plain)?.[1]
  return RELATIONS.find((relation) => relation === name)
}

/** The only statements that otrace sends. */
const READING = ['SELECT', 'WITH', 'FROM', 'SHOW', 'DESCRIBE', 'DESC', 'EXPLAIN', 'EXISTS']
const INSTEAD: Record<string, string> = {
  KILL: 'stop queries with clickhouse-client; ctrl-C stops those of otrace',
  SET: 'write SETTINGS name = value at the end of the statement',
  USE: 'name the database: --database, or database.table in the statement',
}
const EXAMPLE = 'otrace sql "SELECT * FROM spans LIMIT 10"'

function refuseWords(sql: string, plain: string): void {
  const first = /\w+/.exec(bare(sql))?.[0] ?? ''
  const verb = first.toUpperCase()
  if (!READING.includes(verb)) {
    const meant = INSTEAD[verb] === undefined ? didYouMean(verb, READING) : undefined
    if (meant !== undefined || /^\w*$/.test(sql)) {
      const hint = meant === undefined ? EXAMPLE : `did you mean ${meant}? ${EXAMPLE}`
      throw usage(`not a statement: '${first}'`, hint)
    }
    throw refused(
      `read-only: statement not allowed: ${first || sql}`,
      INSTEAD[verb] ?? `use ${READING.join(', ')}; change data with clickhouse-client`,
    )
  }
  if (/^\w+$/.test(sql)) throw usage(`incomplete statement: ${sql}`, EXAMPLE)
  const relation = RELATIONS.find(
    (name) => reads(sql, name) || new RegExp(`\\b(?:TABLE|EXISTS)\\s+${name}\\b`, 'i').test(plain),
  )
  if (relation && /^(?:SHOW|EXISTS|EXPLAIN|DESC|DESCRIBE)$/.test(verb)) {
    throw usage(
      `${relation} is not a table: ${verb} can't be used with it`,
      verb === 'EXPLAIN'
        ? 'leave EXPLAIN out: --explain says what a statement reads, --sql prints it'
        : `list its columns: otrace sql "DESCRIBE ${relation}"`,
    )
  }
}

/** Names of ClickHouse's formats; `FORMAT` alone may also be an alias. */
const FORMAT_NAME =
  /^(?:JSON|BSON|CSV|TSV|TabSeparated|Markdown$|Pretty|Vertical|Values$|XML$|Parquet|Native$|RowBinary|Null$|Arrow|ORC$|Avro|SQLInsert|Line|Custom|Template|Protobuf|MsgPack|Npy|One$|Hash$|Form$|Regexp|Raw|ODBC|MySQL|Postgre|CapnProto|Prometheus)/i

function refuseForms(plain: string): void {
  if (/\bINTO\s+OUTFILE\b/i.test(plain)) {
    throw usage(
      'INTO OUTFILE is not supported: otrace writes to stdout',
      'choose the format with -o, and the file with > result.csv',
    )
  }
  const format = /\bFORMAT\s+(\w+)\s*(?:SETTINGS\b[\s\S]*)?$/i.exec(plain)?.[1] ?? ''
  if (!FORMAT_NAME.test(format)) return
  throw usage(
    `FORMAT ${format} can't be used in the statement`,
    'choose the format with -o: `otrace sql --help` lists them',
  )
}

/** Parameters that otrace sets. */
const GIVEN = ['from', 'to', 'bucket', 'database', 'table']

function refusePlaceholders(sql: string): void {
  const unknown = [...placeholders(sql)].find(([name]) => !GIVEN.includes(name))
  if (!unknown) return
  throw usage(
    `no value for parameter {${unknown.join(':')}}`,
    `write the value itself; otrace sets {${GIVEN.join(':…}, {')}:…}`,
  )
}

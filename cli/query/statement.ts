/** What `otrace sql` sees of a typed statement before it is asked: what it is about, and what cannot work; pure. */
import { OtraceError } from '../errors.ts'
import { nearest } from './nearest.ts'
import { bare, placeholders, reads, topLevel } from './sql.ts'

/** The relations that are no tables. */
const RELATIONS = ['spans', 'red'] as const

export interface Typed {
  /** Without a semicolon at its end, and without what is in `settings`. */
  sql: string
  /** `SETTINGS …` of the whole statement, or ''. */
  settings: string
  /** The relation whose columns are asked for. */
  described?: (typeof RELATIONS)[number]
}

/**
 * Reads a statement as it was typed, macros expanded.
 * @throws OtraceError (exit 2) for what otrace has another way for, or none; (exit 4) for statements that write
 */
export function readTyped(text: string): Typed {
  const sql = withoutEnd(text)
  const plain = topLevel(sql)
  if (bare(sql).includes(';')) {
    throw new OtraceError('usage', 'there is more than one statement', 'give one at a time')
  }
  const described = describedIn(bare(sql))
  if (described) return { sql, settings: '', described }
  refuseWords(sql, plain)
  refuseForms(plain)
  refusePlaceholders(sql)
  const settings = /\bSETTINGS\s+\w+\s*=(?:(?!\b(?:SELECT|UNION|FROM)\b)[\s\S])*$/i.exec(plain)
  if (!settings) return { sql, settings: '' }
  return { sql: sql.slice(0, settings.index).trim(), settings: sql.slice(settings.index) }
}

/** What is said when there is none. */
export function noStatement(): OtraceError {
  return new OtraceError(
    'usage',
    'no statement was given',
    'otrace sql "SELECT count() FROM spans"',
  )
}

function withoutEnd(text: string): string {
  const end = bare(text).replace(/[\s;]+$/, '').length
  if (end === 0) throw noStatement()
  // A comment at the end stays unless a semicolon is before it.
  return (bare(text).slice(end).includes(';') ? text.slice(0, end) : text).trim()
}

const DESCRIBED =
  /^\s*(?:DESC(?:RIBE)?(?:\s+TABLE)?|SHOW\s+(?:FULL\s+)?(?:COLUMNS|FIELDS)\s+(?:FROM|IN))\s+(\w+)\s*$/i

function describedIn(plain: string): Typed['described'] {
  const name = DESCRIBED.exec(plain)?.[1]
  return RELATIONS.find((relation) => relation === name)
}

const READING = ['SELECT', 'WITH', 'FROM', 'SHOW', 'DESCRIBE', 'EXPLAIN', 'EXISTS']
/** Statements that servers answer with a syntax error, as they expect no FORMAT behind them. */
const NOT_ASKED: Record<string, string> = {
  INSERT: 'change data with clickhouse-client',
  KILL: 'stop statements with clickhouse-client; ctrl-C stops the one that otrace asked',
  SET: 'write SETTINGS name = value behind the statement that it is for',
  USE: 'name the database: --database, or database.table in the statement',
}

function refuseWords(sql: string, plain: string): void {
  const first = /\w+/.exec(bare(sql))?.[0] ?? ''
  const verb = first.toUpperCase()
  if (NOT_ASKED[verb] !== undefined) {
    throw new OtraceError('refused', `otrace only reads: ${verb} is not for it`, NOT_ASKED[verb])
  }
  const meant = READING.includes(verb) || verb === 'DESC' ? undefined : nearest(verb, READING)
  if (meant !== undefined || /^\w*$/.test(sql)) {
    const example = `otrace sql "SELECT * FROM spans LIMIT 10"`
    const hint = meant === undefined ? example : `did you mean ${meant}? ${example}`
    throw new OtraceError('usage', `'${first}' begins no statement`, hint)
  }
  const relation = RELATIONS.find(
    (name) => reads(sql, name) || new RegExp(`\\b(?:TABLE|EXISTS)\\s+${name}\\b`, 'i').test(plain),
  )
  if (relation && /^(?:SHOW|EXISTS|EXPLAIN|DESC|DESCRIBE)$/.test(verb)) {
    throw new OtraceError(
      'usage',
      `${relation} is no table but a query of otrace's, which ${verb} cannot be asked about`,
      verb === 'EXPLAIN'
        ? 'leave EXPLAIN out: --explain says what a statement reads, --sql prints all of it'
        : `see its columns with: otrace sql "DESCRIBE ${relation}"`,
    )
  }
}

/** What FORMAT names, by our name. */
const FORMATS: [name: RegExp, ours: string][] = [
  [/^JSON(?:Compact)?(?:Strings)?EachRow/i, '-o ndjson'],
  [/^JSON|^BSON/i, '-o json'],
  [/^CSV/i, '-o csv'],
  [/^(?:TSV|TabSeparated)/i, '-o tsv'],
  [/^Markdown$/i, '-o markdown'],
  [
    /^(?:Pretty|Vertical|Values$|XML$|Parquet|Native$|RowBinary|Null$|Arrow|ORC$|Avro|SQLInsert|Line|Custom|Template|Protobuf|MsgPack|Npy)/i,
    '-o json, ndjson, csv, tsv or markdown',
  ],
]

function refuseForms(plain: string): void {
  if (/\bINTO\s+OUTFILE\b/i.test(plain)) {
    throw new OtraceError(
      'usage',
      'otrace answers on stdout and writes no file: leave INTO OUTFILE out',
      'choose the format with -o, and the file with > answer.csv',
    )
  }
  const format = /\bFORMAT\s+(\w+)\s*(?:SETTINGS\b[\s\S]*)?$/i.exec(plain)?.[1] ?? ''
  const ours = FORMATS.find(([name]) => name.test(format))?.[1]
  if (ours === undefined) return
  throw new OtraceError(
    'usage',
    `the format is not chosen in the statement: leave FORMAT ${format} out`,
    `choose it with a flag: ${ours}`,
  )
}

/** What otrace puts in. */
const GIVEN = ['from', 'to', 'bucket', 'database', 'table']

function refusePlaceholders(sql: string): void {
  const unknown = [...placeholders(sql)].find(([name]) => !GIVEN.includes(name))
  if (!unknown) return
  throw new OtraceError(
    'usage',
    `nothing stands for {${unknown.join(':')}}`,
    `write the value itself; otrace puts in {${GIVEN.join(':…}, {')}:…}`,
  )
}

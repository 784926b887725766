/** `otrace queries check`: query files compared with the columns that a server answers. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import type { Context } from '../../context.ts'
import { EXIT, OtraceError, usage } from '../../errors.ts'
import { addConnectionFlags } from '../../options/connection.ts'
import { addExamples } from '../../options/examples.ts'
import { readOptions, reservedFlags } from '../../options/options.ts'
import { write } from '../../output/output.ts'
import { exampleValues, refuseBadDefaults } from '../../query/bind.ts'
import { mapSql, withoutSimpler } from '../../query/compose/bound-query.ts'
import { compose } from '../../query/compose/compose.ts'
import {
  isProjectQuery,
  PROJECT,
  PROJECT_QUERIES,
  type QueryFiles,
  readError,
  readText,
} from '../../query/files.ts'
import { readHeader } from '../../query/header.ts'
import { parseQueryFile, type Query } from '../../query/query-file.ts'
import { bare } from '../../query/sql-text.ts'
import { splitSettings } from '../../query/typed-sql.ts'
import { note } from '../../render/text.ts'
import type { Column } from '../../result.ts'
import { withSession } from '../../session/open.ts'
import { withUnits } from '../../session/print.ts'
import { guardSession } from '../../session/project-query.ts'
import { placeErrors } from '../../session/query-error.ts'
import type { Session } from '../../session/session.ts'
import { plural } from '../../units/units.ts'
import { mismatches } from './mismatches.ts'

/** A query file, or the error of one that cannot be read. */
type Checked = { query: Query; text: string } | { path: string; text: string; error: OtraceError }

export function checkQueriesCommand(files: () => Promise<QueryFiles>, context: Context): Command {
  const command = new Command('check')
  command
    .summary('Check query files against the store')
    .description(
      'Check your query files: their heads, and on the server their SQL, without reading spans. Units and panels are ' +
        'compared with the columns. Each mistake has the line and column of the file. Exit code 1 with mistakes.',
    )
    .argument(
      '[file]',
      `a file, or the name of a query (default: all of ${PROJECT_QUERIES} and --queries)`,
    )
  addConnectionFlags(command)
  addExamples(
    command,
    [
      'otrace queries check',
      'otrace queries check big-orders',
      'otrace queries check --queries ./queries --url http://host:8123/otel',
    ],
    ['otrace <name> - the query'],
  )
  return command.action(async (file?: string) => {
    const found = file === undefined ? own(await files()) : [await named(file, files)]
    if (found.length === 0) {
      throw usage('no query files in .otrace/queries', 'write one: otrace queries new <name>')
    }
    const lines: string[] = []
    let bad = 0
    const report = (mistakes: string[], path: string, columns: string) => {
      lines.push(...(mistakes.length > 0 ? mistakes : [`${path}: ok${columns}`]))
      bad += mistakes.length > 0 ? 1 : 0
    }
    for (const each of found) {
      if ('error' in each) report([mistake(each)], each.path, '')
    }
    const readable = found.filter((each) => 'query' in each)
    if (readable.length > 0) {
      // A second without spans: the columns are asked for alone.
      const window = { from: '1970-01-01T00:00:00Z', to: '1970-01-01T00:00:01Z' }
      await withSession(
        readOptions({ ...command.opts(), ...window }, context),
        context,
        async (session) => {
          for (const { query, text } of readable) {
            const { mistakes, columns } = await checkOnServer(session, query, text)
            report(mistakes, query.path, columns)
          }
        },
      )
    }
    const { width } = context.screen()
    const text = lines.join('\n')
    await write(context.stdout, `${context.stdout.isTTY ? note(text, width) : text}\n`)
    if (bad > 0) context.exitCode = EXIT.checkFailed
  })
}

function own({ queries, broken }: QueryFiles): Checked[] {
  const readable = queries.filter(({ builtIn }) => !builtIn)
  return [
    ...broken.map(({ path, error, text }) => ({ path, error, text })),
    ...readable.map((query) => withGoodDefaults(query, readFileSync(query.path, 'utf8'))),
  ]
}

function withGoodDefaults(query: Query, text: string): Checked {
  try {
    refuseBadDefaults(query, text)
    return { query, text }
  } catch (error) {
    return { path: query.path, text, error: readError(query.path, error) }
  }
}

async function named(file: string, files: () => Promise<QueryFiles>): Promise<Checked> {
  const path = [file, join(PROJECT_QUERIES, `${file}.sql`)].find(
    (each) => each.endsWith('.sql') && existsSync(each),
  )
  if (path === undefined) {
    const all = own(await files())
    const found = all.find((each) => 'query' in each && each.query.name === file)
    if (found) return found
    throw usage(`no query file: ${file}`, 'otrace queries lists the files')
  }
  const project = isProjectQuery(path)
  let text = ''
  try {
    text = readText(path, { pipes: !project, inside: project ? PROJECT : undefined })
    const query = parseQueryFile(path, text, reservedFlags())
    return withGoodDefaults({ ...query, project }, text)
  } catch (error) {
    return { path, text, error: readError(path, error) }
  }
}

/** Asks for the columns of a query, and compares its head with them. */
async function checkOnServer(opened: Session, query: Query, text: string) {
  try {
    const { store, source } = guardSession(opened, query)
    const composed = withoutSimpler(compose(query.sql, exampleValues(query), source))
    const columnsOnly = mapSql(composed, asksColumns)
    const result = store.ask(columnsOnly, { database: source.database })
    const { columns } = await placeErrors(query, result)
    const { tags } = readHeader(query.path, text)
    const mistakes = mismatches(query, tags, text, withUnits(columns, query.units))
    return {
      mistakes,
      columns: `, ${plural(columns.length, 'column')}: ${columns.map(shown).join(', ')}`,
    }
  } catch (error) {
    if (!(error instanceof OtraceError) || error.exit !== EXIT.refused) throw error
    return { mistakes: [mistake({ path: query.path, text, error })], columns: '' }
  }
}

/** The statement without rows. SHOW and the like have few, and cannot be within another. */
function asksColumns(statement: string): string {
  if (!/^\W*(?:SELECT|WITH|FROM)\b/i.test(bare(statement))) return statement
  const { sql, settings } = splitSettings(statement)
  return `SELECT * FROM (\n${sql}\n)\nLIMIT 0 ${settings}`
}

const shown = ({ name, type }: Column) => `${name} ${type}`

/** An error as a line: `file:line:column: message`, and its hint. */
function mistake({
  path,
  text,
  error,
}: {
  path: string
  text: string
  error: OtraceError
}): string {
  const [, line] = /^(\d+): /.exec(error.message.slice(path.length + 1)) ?? []
  let { message } = error
  if (line !== undefined) {
    const found = text.split(/\r?\n/)[Number(line) - 1] ?? ''
    const column = Math.max(0, found.search(/@/)) + 1
    message = `${path}:${line}:${column}${message.slice(`${path}:${line}`.length)}`
  } else if (message.startsWith(`${path}: {`)) {
    // A placeholder without its @param.
    const [before = ''] = text.split(message.slice(`${path}: `.length).replace(/\}.*/s, '}'), 1)
    const lines = before.split(/\r?\n/)
    message = `${path}:${lines.length}:${lines.at(-1)!.length + 1}${message.slice(path.length)}`
  } else if (!message.startsWith(`${path}:`) || message.startsWith(`${path}: `)) {
    message = `${path}:1:1: ${message.replace(`${path}: `, '')}`
  }
  return error.hint === undefined ? message : `${message}\n  → ${error.hint}`
}

/** Checks a statement, runs it under limits, and writes its answer. */
import type { ServerResponse } from 'node:http'
import { type Engine, quote } from '../engine/engine.ts'
import { pathsHidden } from '../engine/paths.ts'
import { AnswerFile } from './answer-file.ts'
import { engineNames } from './check/engine-names.ts'
import { checkStatement } from './check/statement.ts'
import { replaceCode, tokenize } from './check/tokens.ts'
import { notRead, RefusedStatementError, unknownDatabase } from './errors.ts'
import { judgeFormat } from './formats.ts'
import type { QueryRequest } from './request.ts'
import { write } from './response.ts'
import type { Running } from './running.ts'
import { settingsFor, USUAL_MEMORY, withOurSettings } from './settings.ts'
import { startCounting } from './summary.ts'

/**
 * Resolves when the answer is written. Throws before anything is written, or ends the answer with the exception.
 * @param folder of answers
 */
export async function execute(
  engine: Engine,
  running: Running,
  folder: string,
  id: string,
  request: QueryRequest,
  response: ServerResponse,
): Promise<void> {
  const database = databaseOf(request.database)
  const stop = new AbortController()
  response.on('close', () => {
    // The connection also closes after a complete answer.
    if (!response.writableFinished) stop.abort()
  })
  const { sql, parameters } = request
  const checked = await checkStatement(engine, database, sql, parameters, stop.signal)
  if (checked.kill !== undefined) {
    running.cancel(checked.kill)
    response.end()
    return
  }
  if (checked.use !== undefined) {
    // Sessions are not kept: each request is for its own database.
    if (databaseOf(checked.use) !== 'otel') throw notRead()
    response.end()
    return
  }
  const sent = { ...request.settings, ...checked.settings }
  const settings = settingsFor(sent, engineNames(engine), checked.maps)
  const format = checked.format ?? request.format
  judgeFormat(format)
  const statement = running.add(id, checked.text, stop)
  let summary: (() => string) | undefined
  try {
    const file = await AnswerFile.create(folder, Number(settings.max_result_bytes))
    // Its INTO OUTFILE would be part of the explained statement.
    const isExplainAst = checked.text.startsWith('EXPLAIN AST ')
    const ran = running.run(
      statement,
      {
        setup: [`USE ${database}`, `SET ${assignments(settings)}`],
        parameters,
        text: isExplainAst
          ? checked.text
          : `${withQueryId(withOurSettings(checked.text), id)} INTO OUTFILE ${quote(file.path)} APPEND FORMAT ${format}`,
        format,
      },
      Number(settings.max_execution_time),
      // Counting costs as much as a short statement, and is reliable only for complete answers.
      () => {
        if (request.waitForEnd) summary = startCounting(engine)
      },
      Number(settings.max_memory_usage) > USUAL_MEMORY,
    )
    const written = ran.then((answer) => {
      refuseGone(engine)
      return isExplainAst ? file.append(answer) : undefined
    })
    try {
      await write(file, written, () => summary?.(), response, {
        format,
        encodings: request.encodings,
        protocol: request.protocol,
        compress: request.compress,
        waitForEnd: request.waitForEnd,
        stop,
      })
    } finally {
      if (!response.writableFinished) stop.abort()
      await written.catch(() => undefined)
      await file.close()
    }
  } finally {
    running.remove(statement)
  }
}

/**
 * The engine answers from what it remembers of deleted files, or without them.
 * @throws RefusedStatementError
 */
export function refuseGone(engine: Engine): void {
  const gone = engine.folders.gone()
  if (gone === undefined) return
  throw new RefusedStatementError(pathsHidden(engine.directory)(gone), 107, 'FILE_DOESNT_EXIST')
}

function assignments(settings: Record<string, string | number>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${typeof value === 'number' ? value : quote(value)}`)
    .join(', ')
}

/** Clients send `default` for no database. */
function databaseOf(name: string | undefined): string {
  if (name === undefined || name === '' || name === 'default' || name === 'otel') return 'otel'
  if (name === 'system' || name.toLowerCase() === 'information_schema') return name
  throw unknownDatabase(name)
}

const QUERY_ID = /\b(?:(?:initial|current)QueryID|(?:initial_|current_)?query_?id)\(\)/gi

/**
 * The statement with the id that its client gave for `queryID()`, which is another one in the engine. A statement that
 * reads system.processes stays as it is: there the ids are the engine's.
 * @param text as the engine prints it
 */
function withQueryId(text: string, id: string): string {
  const readsProcesses =
    text.includes('processes') &&
    tokenize(text).some(
      ({ kind, text }) => kind === 'word' && /^(?:system\.)?processes$/.test(text),
    )
  if (readsProcesses) return text
  return replaceCode(text, QUERY_ID, (found) => `(${quote(id)} AS \`${found}\`)`)
}

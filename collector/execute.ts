/** Runs a judged statement under limits and has its answer written; for endpoint.ts. */
import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { write } from './answer.ts'
import { judgeFormat } from './formats.ts'
import type { Question } from './question.ts'
import { RefusedStatementError } from './refused.ts'
import { settingsFor } from './settings.ts'
import { tooMany } from './slots.ts'
import { judge } from './statement.ts'
import { quote, type Store } from './store.ts'

/** A statement that is being run, by its query id. */
export interface Running {
  cancel(): void
}

/** Most statements at once, those included that wait for their turn or for a slow reader. */
const MOST_RUNNING = 100

/** Judges and runs; resolves when the answer is written. Throws before anything is written, or ends the answer with the exception. */
export async function execute(
  store: Store,
  running: Map<string, Running>,
  id: string,
  question: Question,
  response: ServerResponse,
): Promise<void> {
  const database = databaseOf(question.database)
  const gone = new AbortController()
  // The engine's own mark, so that no client can choose whose statement it stops.
  const mark = randomUUID()
  let done = false
  const cancel = () => {
    // The connection also closes behind an answer that went out whole.
    if (done || response.writableFinished) return
    gone.abort()
    void kill(store, mark)
  }
  response.on('close', cancel)
  try {
    const statement = await judge(store, database, question.sql, question.parameters, gone.signal)
    if (statement.kill !== undefined) {
      running.get(statement.kill)?.cancel()
      response.end()
      return
    }
    const settings = settingsFor({ ...question.settings, ...statement.settings })
    const format = statement.format ?? question.format
    judgeFormat(format)
    if (running.size >= MOST_RUNNING) throw tooMany(MOST_RUNNING)
    if (running.has(id)) {
      throw new RefusedStatementError(
        `Query with id = ${id} is already running`,
        216,
        'QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING',
      )
    }
    running.set(id, { cancel })
    const session = store.session()
    try {
      session.query(`USE ${database}`)
      session.query(
        `SET ${assignments({ ...settings, ...prefixed(question.parameters), log_comment: mark, readonly: 1 })}`,
      )
      await write(store, session, statement.text, response, {
        format,
        encodings: question.encodings,
        waitForEnd: question.waitForEnd,
        seconds: Number(settings.max_execution_time),
        bytes: Number(settings.max_result_bytes),
        gone: gone.signal,
        cancel,
      })
    } finally {
      running.delete(id)
      session.close()
    }
  } finally {
    done = true
    response.off('close', cancel)
  }
}

function prefixed(parameters: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [`param_${name}`, value]),
  )
}

function assignments(settings: Record<string, string | number>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${typeof value === 'number' ? value : quote(value)}`)
    .join(', ')
}

/** `default` is what clients send when they mean none. */
function databaseOf(name: string | undefined): string {
  if (name === undefined || name === '' || name === 'default' || name === 'otel') return 'otel'
  if (name === 'system' || name.toLowerCase() === 'information_schema') return name
  throw new RefusedStatementError(`Database ${name} does not exist`, 81, 'UNKNOWN_DATABASE')
}

/** Closing a stream does not stop the engine; this does. */
async function kill(store: Store, id: string): Promise<void> {
  await store
    .run(
      `KILL QUERY WHERE query_id IN (SELECT query_id FROM system.processes WHERE Settings['log_comment'] = ${quote(id)}) ASYNC`,
    )
    .catch(() => undefined)
}

/** ClickHouse's own drivers, run where they are installed. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export const DRIVERS = [
  'clickhouse-go',
  'clickhouse-go with lz4',
  'clickhouse-connect',
  'clickhouse-jdbc',
] as const

const folder = fileURLToPath(new URL('.', import.meta.url))
const statements = `${folder}statements.txt`

/** What each driver runs. */
export const STATEMENTS = readFileSync(statements, 'utf8').trim().split('\n')

/** @returns a line for each statement: names of tables, rows and columns, or the code of the error */
export async function drive(driver: (typeof DRIVERS)[number], port: number): Promise<string[]> {
  const address = `127.0.0.1:${port}`
  const python = process.env.OTRACE_TEST_PYTHON ?? 'python3'
  const classes = process.env.OTRACE_TEST_JDBC ?? ''
  const commands: Record<(typeof DRIVERS)[number], string[]> = {
    'clickhouse-go': ['go', 'run', '.', `http://${address}/otel`, statements],
    'clickhouse-go with lz4': ['go', 'run', '.', `http://${address}/otel?compress=lz4`, statements],
    'clickhouse-connect': [python, 'connect.py', '127.0.0.1', String(port), statements],
    'clickhouse-jdbc': ['java', '-cp', classes, 'Main.java', address, statements],
  }
  const [command = '', ...args] = commands[driver]
  const run = promisify(execFile)
  // No module is downloaded: a driver is present, or it is skipped.
  const env = {
    ...process.env,
    GOPROXY: process.env.OTRACE_TEST_GOPROXY ?? 'off',
    GOFLAGS: '-mod=mod',
  }
  return (await run(command, args, { cwd: folder, env })).stdout.trim().split('\n')
}

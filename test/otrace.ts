/** Runs the built binary as a user's shell would. */
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { run } from '../cli/program.ts'
import { packageRoot } from '../package.ts'

export const binary = fileURLToPath(new URL('dist/cli/main.js', packageRoot))

/** Starts share compiled code, which takes each 60 ms to compile, and nothing else. */
const cache = fileURLToPath(new URL('node_modules/.cache/otrace-test/', packageRoot))
// In the place of the list of query files that were announced: each is announced again.
mkdirSync(join(cache, 'otrace/project-queries'), { recursive: true, mode: 0o700 })

export interface Run {
  stdout: string
  stderr: string
  exit: number | null
}

export interface RunOptions {
  env?: Record<string, string>
  input?: string
  cwd?: string
  /** The binary to run instead of this checkout's. */
  bin?: string
}

/** What the environment of a process cannot say: this one's end, and a look at what it has printed so far. */
interface Watched extends RunOptions {
  signal?: AbortSignal
  onStdout?: (text: string) => void
}

/** Runs `otrace <args>` to its end. No variable of this process that otrace reads is passed on. */
export function otrace(args: string[], options: RunOptions = {}): Promise<Run> {
  const child = start(args, options)
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  child.stdin.end(options.input ?? '')
  return new Promise((resolve) => {
    child.on('close', (exit) => resolve({ stdout, stderr, exit }))
  })
}

/** Runs `otrace <args>` in this process: messages and results, not the process itself. */
export async function runHere(args: string[], options: Watched = {}): Promise<Run> {
  const { env = {}, input = '', cwd, signal = new AbortController().signal } = options
  const [stdout, stderr] = [collector(options.onStdout), collector()]
  const surroundings = {
    env: { ...cleanEnvironment(), ...env },
    stdin: Readable.from([input]),
    stdout: stdout.stream,
    stderr: stderr.stream,
  }
  const here = process.cwd()
  if (cwd) process.chdir(cwd)
  const exit = await run(args, surroundings, signal).finally(() => process.chdir(here))
  return { stdout: stdout.text(), stderr: stderr.text(), exit }
}

function collector(onText?: (text: string) => void) {
  let text = ''
  const stream = new Writable({
    decodeStrings: false,
    write(part, _, done) {
      text += part
      onText?.(text)
      done()
    },
  })
  return { stream, text: () => text }
}

/** Starts `otrace <args>` and leaves it running. */
export function start(args: string[], { env = {}, cwd, bin = binary }: RunOptions = {}) {
  return spawn(process.execPath, [bin, ...args], { cwd, env: { ...cleanEnvironment(), ...env } })
}

function cleanEnvironment(): Record<string, string> {
  // Node reads NODE_EXTRA_CA_CERTS at each start: 70 ms of CPU for the certificates of a system.
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^(?:OTRACE|CLICKHOUSE|OTEL|XDG|NO_COLOR|FORCE_COLOR|npm_|NODE_EXTRA_CA_CERTS)/.test(name),
  )
  return {
    ...(Object.fromEntries(kept) as Record<string, string>),
    TZ: 'UTC',
    XDG_CONFIG_HOME: '/nonexistent',
    XDG_CACHE_HOME: cache,
  }
}

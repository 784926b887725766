/** The programs of docs/instrument.md: installed and run as the page says. */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { packageRoot } from '../../package.ts'

export const LANGUAGES = ['node', 'python', 'java', 'go'] as const
export type Language = (typeof LANGUAGES)[number]

/** What a test sends: user and total. The bank does not answer for nobody. */
export const PAYMENTS = [
  ['ann', '12.5'],
  ['ben', '7'],
  ['nobody', '5'],
] as const

export interface AuditLine {
  user: string
  total: number
  trace_id: string
}

const page = readFileSync(new URL('docs/instrument.md', packageRoot), 'utf8')

interface Program {
  /** Name → content. */
  files: Map<string, string>
  install: string
  run: string
}

/** The blocks of the language's section. The last line of the first one runs the program. */
export function programOf(language: Language): Program {
  const section = page.split('\n## ').find((part) => part.toLowerCase().startsWith(`${language}\n`))
  const blocks = [...(section ?? '').matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)]
  const [shell = ''] = blocks.filter(([, kind]) => kind === 'sh').map(([, , body]) => body)
  const lines = shell.trim().split('\n')
  const files = blocks.flatMap(([, , body = '']) => {
    const name = /^(?:\/\/|#) (\w+\.\w+)\n/.exec(body)?.[1]
    return name === undefined ? [] : [[name, body] as const]
  })
  return { files: new Map(files), install: lines.slice(0, -1).join('\n'), run: lines.at(-1) ?? '' }
}

/** Whether the programs of the page's commands are there. */
export function hasToolchain(language: Language): boolean {
  const needed = { node: ['npm'], python: ['python3'], java: ['mvn', 'java'], go: ['go'] }[language]
  return needed.every((name) =>
    (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, name))),
  )
}

/**
 * Installs the program where that is not done, sends it the payments, and ends it by SIGTERM.
 * @param endpoint address of an OTLP/HTTP receiver
 * @returns the audit lines that it wrote
 */
export async function runProgram(
  language: Language,
  folder: string,
  endpoint: string,
  more: Record<string, string> = {},
): Promise<AuditLine[]> {
  const { files, install, run } = programOf(language)
  mkdirSync(folder, { recursive: true })
  for (const [name, body] of files) writeFileSync(join(folder, name), body)
  const port = String(await freePort())
  const env = {
    ...process.env,
    NODE_EXTRA_CA_CERTS: process.env.NPM_CERTIFICATES,
    PATH: `${join(folder, '.venv/bin')}:${process.env.PATH}`,
    PORT: port,
    OTEL_SERVICE_NAME: `checkout-${language}`,
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
    // Longer than the test: what arrives was flushed at SIGTERM.
    OTEL_BSP_SCHEDULE_DELAY: '600000',
    ...more,
  }
  const here = { cwd: folder, env }
  const marker = join(folder, 'installed')
  if (!existsSync(marker) || readFileSync(marker, 'utf8') !== install) {
    if (language === 'python') execFileSync('python3', ['-m', 'venv', '.venv'], here)
    execFileSync('bash', ['-ec', install], here)
    writeFileSync(marker, install)
  }
  const child = spawn('bash', ['-c', `exec ${run}`], { ...here, detached: true })
  const [stdout, stderr] = [text(child.stdout), text(child.stderr)]
  const ended = new Promise((resolve) => child.once('exit', resolve))
  try {
    for (const [user, total] of PAYMENTS) {
      const url = `http://127.0.0.1:${port}/checkout?user=${user}&total=${total}`
      const { status } = await answerOf(url, () => child.exitCode === null)
      if ((status === 200) !== (user !== 'nobody')) throw new Error(`${url} answers ${status}`)
    }
  } catch (error) {
    process.kill(-child.pid!, 'SIGKILL')
    throw new Error(`${(error as Error).message}\n${await stderr}`)
  }
  process.kill(-child.pid!, 'SIGTERM')
  await ended
  const lines = (await stdout).split('\n').filter((line) => line.startsWith('{"audit"'))
  return lines.map((line) => JSON.parse(line) as AuditLine)
}

/** The answer, once the program listens. */
async function answerOf(url: string, running: () => boolean): Promise<Response> {
  for (;;) {
    const answer = await fetch(url, { headers: { connection: 'close' } }).catch(() => undefined)
    if (answer) return answer
    if (!running()) throw new Error('the program ended')
    await setTimeout(50)
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

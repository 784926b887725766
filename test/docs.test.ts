/** The documentation and the help: their commands run, and links resolve. */
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readQueryFiles } from '../cli/query/files.ts'
import type { Collector } from '../collector/main.ts'
import { packageRoot } from '../package.ts'
import { ofEachKind } from './each-kind.ts'
import { temporaryFolder } from './folder.ts'
import { binary, runHere } from './otrace.ts'
import { RECORDED_UNTIL, startRecorded } from './recording.ts'
import { remembering } from './remembering.ts'

const PAGES = [
  ...[
    'README.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    'bench/README.md',
    'bench/tried.md',
    'compose/README.md',
  ],
  ...['queries/README.md', 'server/README.md'],
  ...readdirSync(new URL('docs/', packageRoot))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
]
const pages = PAGES.map((path) => ({
  path,
  text: readFileSync(new URL(path, packageRoot), 'utf8'),
}))

const blocks = (text: string, language: string) =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    ([, block]) => block!,
  )
/** Lines like `otrace slow --since 1h   # comment`, without the comment and the place to ask. */
const lines = pages
  .flatMap(({ text }) => blocks(text, 'sh').flatMap((block) => block.split('\n')))
  .flatMap((line) => /^(?:npx )?(otrace [^#]*?)\s*(?:#.*)?$/.exec(line)?.[1] ?? [])
  .map((line) => line.replace(/ --(url|profile|data) \S+/, ''))
const commands = [...new Set(lines)]
/** Commands that run until ctrl-C, need a file or a server, write one, or wait: only their flags are tested. */
const served = (command: string) =>
  /^otrace (?:(?:up|demo|shop|tail|logs|copy|send|run|config init)\b|watch (?!.*--count))/.test(
    command,
  )
const elsewhere = (command: string) =>
  served(command) ||
  /^otrace (wait|check|grafana)\b|--url|--profile|--queries|--from \d+:| [<>] |\| [a-z]/.test(
    command,
  )

const programHelp = (await runHere(['--help'])).stdout
const names = [...programHelp.matchAll(/^ {2}([a-z][\w-]+) +[[<A-Z]/gm)].map(([, name]) => name!)
const helps = await Promise.all(
  names
    .filter((name) => name !== 'help')
    .map(async (name) => {
      const { stdout } = await runHere(['help', name])
      const [, block = ''] = /\nExamples:\n((?: {2}.*\n)+)/.exec(stdout) ?? []
      const [, after = ''] = /\nNext:\n((?: {2}.*\n)+)/.exec(stdout) ?? []
      const next = [...after.matchAll(/^ {2}otrace (?<command>[a-z]\S*|<\w+>).* {2}\S/gm)]
      return {
        name,
        stdout,
        examples: block.match(/otrace .*/g) ?? [],
        next: next.map((line) => line.groups!.command!),
      }
    }),
)

const documented = commands.filter((command) => !served(command))
const helped = helps.flatMap(({ examples }) => examples)
/** The first example of each query, of which test/live/dashboard.test.ts has pictures. */
const drawn = readQueryFiles([], { flags: new Set(), commands: new Set() }).queries.map(
  ({ examples: [first] }) => first!,
)
const able = [
  ...new Set([...documented, ...helped.filter((example) => !elsewhere(example))]),
].filter((line) => !drawn.includes(line) || /['"]/.test(line))
/** Flags that are read alike in every command. */
const SHARED =
  /^(?:--(?:since|from|to|utc|limit|bucket|service|name|event|contains|grep|user|error|kind|json|by|schema|html)|-[on])$/
/** Flags whose value is read in several ways, or names a column: any text is a name of a span, or a part of one. */
const OF_VALUES = /^(?:-o|--(?:by|attr|where|trace-attr|resource|show|columns))$/

/** The command, what it is about, each of its flags, and the values that these may have. */
function kindsOf(line: string): string[] {
  const [name = '', ...rest] = line.match(/'[^']*'|"[^"]*"|[^\s'"]+/g)!.slice(1)
  const own = rest.flatMap((word, i) => {
    if (!word.startsWith('-'))
      return /^--?\w/.test(rest[i - 1] ?? '') ? [] : word.replaceAll('"', "'")
    if (OF_VALUES.test(word)) return `${word} ${rest[i + 1]}`
    return SHARED.test(word) ? word : `${name} ${word}`
  })
  return [name, ...own]
}
/** A dashboard is a dozen queries: of lines of a kind it is the last. */
const isDear = (line: string) => Number(line.startsWith('otrace dashboard'))
const tested = ofEachKind(
  able.toSorted((a, b) => isDear(a) - isDear(b)),
  kindsOf,
)
/** The words of each command line as bash splits them, where otrace is all of the line. */
const words = splitByBash(
  tested.filter((line) => !/[|<>;&`]|\$\(/.test(line.replace(/'[^']*'|"[^"$`]*"/g, ''))),
)

function splitByBash(lines: string[]): Map<string, string[]> {
  const script = ["otrace() { printf '%s\\0' \"$@\" $'\\n'; }", ...lines].join('\n')
  const split = execFileSync('bash', ['-c', script], { encoding: 'utf8' }).split('\n\0')
  return new Map(lines.map((line, i) => [line, split[i]!.split('\0').slice(0, -1)]))
}

const folder = temporaryFolder()
const run = promisify(execFile)
let collector: Collector
let answers: Awaited<ReturnType<typeof remembering>>
let env: Record<string, string>

beforeAll(async () => {
  collector = await startRecorded(join(folder.path, 'data'))
  answers = await remembering(collector.addresses.clickhouse)
  env = { OTRACE_URL: answers.url, OTRACE_NOW: RECORDED_UNTIL }
  const queries = join(folder.path, '.otrace/queries')
  mkdirSync(queries, { recursive: true })
  const page = pages.find(({ path }) => path === 'docs/query-files.md')!
  writeFileSync(join(queries, 'big-orders.sql'), blocks(page.text, 'sql')[0]!)
})
afterAll(async () => {
  answers?.stop()
  await collector?.stop()
  folder.remove()
})

it('has commands to run', () => {
  expect(commands.length).toBeGreaterThan(40)
})

async function runInBash(command: string) {
  const script = `otrace() { '${process.execPath}' '${binary}' "$@"; }\n${command}`
  const inBash = { cwd: folder.path, env: { ...env, PATH: process.env.PATH, TZ: 'UTC' } }
  const { stdout, stderr } = await run('bash', ['-c', script], inBash).catch((error) =>
    expect.fail(`${error.stderr}`),
  )
  return { stdout, stderr, exit: 0 }
}

it.each(helps)(
  'the help of $name has examples of it, and commands to run next',
  ({ name, examples, next }) => {
    expect(next.length).toBeGreaterThanOrEqual(1)
    for (const command of next) expect([...names, 'help']).toContain(command)
    expect(examples.length).toBeGreaterThanOrEqual(2)
    for (const example of examples) expect(`${example} `).toMatch(`otrace ${name} `)
  },
)

it.each(tested)('%s', async (command) => {
  const args = words.get(command)
  const here = { cwd: folder.path, env }
  const { stdout, stderr, exit } = await (args ? runHere(args, here) : runInBash(command))
  expect(exit, stderr).toBe(0)
  if (!/--html|--sql| > /.test(command)) expect(stdout).not.toBe('')
})

it('docs/query-files.md has the mistakes of its file as otrace queries check tells them', async () => {
  const page = pages.find(({ path }) => path === 'docs/query-files.md')!
  const [file = ''] = blocks(page.text, 'sql')
  const [shown = ''] = blocks(page.text, 'text')
  const path = '.otrace/queries/big-orders.sql'
  const told: string[] = []
  for (const [right, wrong] of [
    ['user_id', 'users'],
    ['duration ns', 'duraton ns'],
  ] as const) {
    writeFileSync(join(folder.path, path), file.replace(right, wrong))
    const args = ['queries', 'check', 'big-orders']
    const { stdout, stderr, exit } = await runHere(args, { cwd: folder.path, env })
    expect(exit, stdout + stderr).toBe(1)
    told.push(stdout + stderr)
  }
  writeFileSync(join(folder.path, path), file)
  // The server goes on with the whole statement.
  for (const line of shown.trimEnd().split(/ …\n|\n/)) expect(told.join(''), line).toContain(line)
})

const unrun = [
  ...commands.filter(served),
  ...helped.filter(elsewhere),
  ...able.filter((line) => !tested.includes(line)),
]
it.each([...new Set(unrun)])('%s has these flags', (command) => {
  const { stdout } = helps.find(({ name }) => command.split(' ')[1] === name)!
  for (const flag of command.replace(/ [|>].*/, '').match(/(?<= )--[a-z][\w-]+/g) ?? [])
    expect(stdout).toContain(`${flag} `)
})

it.each(pages)('$path links to files that exist', ({ path, text }) => {
  const targets = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, target]) => target!)
  const local = targets.filter((target) => !/^[a-z]+:/.test(target))
  const missing = local.filter((target) => !existsSync(new URL(target, new URL(path, packageRoot))))
  expect(missing).toEqual([])
})

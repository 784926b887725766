/**
 * The documentation's blocks, checked by their language here or by the test that runs them.
 *
 * One file: the check of a language is a few lines.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { readDashboard } from '../cli/commands/dashboard/file.ts'
import { readCheckFile } from '../cli/gate/file/check-file.ts'
import { type Config, readUserConfig } from '../cli/options/config-file.ts'
import { readQueryFiles } from '../cli/query/files.ts'
import { parseQueryFile } from '../cli/query/query-file.ts'
import { packageRoot } from '../package.ts'
import { temporaryFolder } from './folder.ts'
import { BUILT, otelcol } from './otelcol/otelcol.ts'
import { recordedRequests } from './recording.ts'

interface Block {
  page: string
  /** Where the block starts. */
  line: number
  language: string
  body: string
  /** The line before it. */
  before: string
}

const read = (path: string) => readFileSync(new URL(path, packageRoot), 'utf8')
const tracked = execFileSync('git', ['ls-files', '-z', '*.md'], { cwd: packageRoot })
const blocks = tracked
  .toString()
  .split('\0')
  // What a test compares as a whole.
  .filter((page) => page.endsWith('.md') && !page.startsWith('test/golden/'))
  .flatMap(blocksOf)

function blocksOf(page: string): Block[] {
  const lines = read(page).split('\n')
  const found: Block[] = []
  let open: Block | undefined
  for (const [i, line] of lines.entries()) {
    const [, fence] = /^\s*```(.*)$/.exec(line) ?? []
    if (fence === undefined) {
      if (open) open.body += `${line}\n`
    } else if (open) {
      found.push(open)
      open = undefined
    } else open = { page, line: i + 1, language: fence, body: '', before: lines[i - 1] ?? '' }
  }
  if (open) throw new Error(`${page}:${open.line}: the block does not end`)
  return found
}

/** Pages whose blocks another test runs or compares. */
const ELSEWHERE: Record<string, Record<string, string>> = {
  'docs/instrument.md': { js: 'recorded', python: 'recorded', java: 'recorded', go: 'recorded' },
  'docs/metabase.md': { sql: 'schemas/cluster' },
  'docs/production.md': { sql: 'schemas/reader' },
}

const CHECKS: Record<string, (block: Block) => void> = {
  sh: checkShell,
  yaml: checkYaml,
  json: checkJson,
  sql: checkSql,
  text: checkText,
}

it('there are blocks of every language', () => {
  expect(blocks.length).toBeGreaterThan(90)
  const languages = new Set(blocks.map(({ language }) => language))
  const known = [...Object.keys(CHECKS), ...Object.values(ELSEWHERE).flatMap(Object.keys)]
  expect(languages).toEqual(new Set(known))
})

const pages = [...new Set(blocks.map(({ page }) => page))]
it.each(pages.filter((page) => /^(?:docs\/|README)/.test(page)))(
  'all blocks of %s stand between fences, which say their language',
  (page) => {
    const outside = read(page).replaceAll(/^ *```[\s\S]*?^ *```$/gm, '')
    expect(outside.match(/(?<=\n\n) {4,}\S.*/g) ?? []).toEqual([])
  },
)

it.each(Object.entries(ELSEWHERE))('the blocks of %s are read by their tests', (page, by) => {
  for (const test of new Set(Object.values(by)))
    expect(`${read(`test/${test}.test.ts`)}${read('test/instrument/programs.ts')}`).toContain(page)
})

it.each(blocks.map((block) => ({ ...block, at: `${block.page}:${block.line}` })))(
  'the block of $language at $at',
  (block) => {
    if (ELSEWHERE[block.page]?.[block.language]) return
    const check =
      CHECKS[block.language] ??
      expect.fail(`no check for ${block.language || 'a block without a language'}`)
    check(block)
  },
)

/** First words of commands, and the pages where a test runs them or their flags. `otrace` is run by docs.test.ts. */
const COMMANDS: Record<string, string[] | ((line: string) => void)> = {
  otrace: () => {},
  npm: checkNpm,
  docker: checkCompose,
  export: () => {},
  // With the SDK that `npm install` got, or a program that a test runs.
  node: ['README.md', 'docs/quick-start.md', 'docs/instrument.md'],
  curl: ['docs/shop.md', 'docs/local-store.md'],
  ...Object.fromEntries(
    ['pip', 'opentelemetry-instrument', 'get', 'get()', 'java', 'go'].map((word) => [
      word,
      ['docs/instrument.md'],
    ]),
  ),
}

function checkShell({ page, body }: Block): void {
  // A word in angle brackets stands for a value.
  const script = body.replaceAll(/<([a-z][\w-]*)>/g, '$1')
  execFileSync('bash', ['-n', '-c', script], { stdio: 'pipe' })
  const lines = script
    .replaceAll('\\\n', ' ')
    .split('\n')
    .flatMap((line) => line.split(' && '))
  for (const line of lines) {
    const command = line.trim().replace(/^(?:[A-Z_]+=\S* +)*(?:npx )?/, '')
    if (command === '' || command.startsWith('#')) continue
    const [word = ''] = command.split(' ')
    const check = COMMANDS[word] ?? expect.fail(`a command that is not checked: ${command}`)
    if (Array.isArray(check)) expect(check, command).toContain(page)
    else check(command)
  }
}

/** Packages are those of this repository or of OpenTelemetry, and scripts are of package.json. */
function checkNpm(line: string): void {
  const { scripts } = JSON.parse(read('package.json'))
  const [, verb = '', ...words] = line.replace(/ #.*/, '').trim().split(/\s+/)
  if (verb === 'run') expect(Object.keys(scripts)).toContain(words[0])
  else expect(['ci', 'install', 'link', 'test', 'pack']).toContain(verb)
  if (verb !== 'install') return
  for (const name of words.filter((word) => !word.startsWith('-')))
    expect(name).toMatch(/^(?:@opentelemetry\/[\w-]+|otrace|\.\/otrace-\*\.tgz)$/)
}

/** Files, profiles and flags of `docker compose` lines, and services after the verb. */
function checkCompose(line: string): void {
  const [docker, compose, ...words] = line.replace(/ #.*/, '').trim().split(/\s+/)
  expect([docker, compose]).toEqual(['docker', 'compose'])
  const of = (flag: string) => words.flatMap((word, i) => (words[i - 1] === flag ? [word] : []))
  const [path = ''] = of('-f')
  expect(existsSync(new URL(path, packageRoot)), line).toBe(true)
  const services = parse(read(path), { merge: true }).services as Record<
    string,
    { profiles?: string[] }
  >
  const profiles = Object.values(services).flatMap(({ profiles = [] }) => profiles)
  for (const profile of of('--profile')) expect(profiles).toContain(profile)
  const rest = words.filter(
    (word, i) => !word.startsWith('-') && !['-f', '--profile'].includes(words[i - 1]!),
  )
  expect(['up', 'down', 'build', 'logs', 'ps', 'restart', 'stop']).toContain(rest[0])
  for (const service of rest.slice(1)) expect(Object.keys(services)).toContain(service)
  const flags = words.filter((word) => word.startsWith('-'))
  for (const flag of flags)
    expect(['-f', '--profile', '--build', '--wait', '--volumes']).toContain(flag)
}

/** Processors of collector configurations that the tests' Collector does not have. */
const OF_CONTRIB = ['tail_sampling', 'transform']

const binary = await otelcol()
const processors = blocks.filter(({ body }) => body.startsWith('processors:'))
it.skipIf(!binary).each(processors)(
  `a real Collector accepts the processors of $page:$line (${BUILT})`,
  ({ body }) => {
    const parts = Object.entries(parse(body).processors).filter(
      ([name]) => !OF_CONTRIB.includes(name),
    )
    const config = join(folder().path, 'collector.yaml')
    const pipeline = {
      receivers: ['otlp'],
      processors: parts.map(([name]) => name),
      exporters: ['otlp_http'],
    }
    const whole = {
      receivers: { otlp: { protocols: { http: {} } } },
      processors: Object.fromEntries(parts),
      exporters: { otlp_http: { endpoint: 'http://127.0.0.1:4318' } },
      service: { pipelines: { traces: pipeline } },
    }
    writeFileSync(config, JSON.stringify(whole))
    execFileSync(binary!, ['validate', '--config', config], { stdio: 'pipe' })
  },
)

function checkYaml({ page, body }: Block): void {
  const content = parse(body, { strict: true, uniqueKeys: true })
  if ('checks' in content) {
    expect(readCheckFile(page, body).checks.length).toBeGreaterThan(0)
  } else if ('panels' in content) {
    const { queries } = readQueryFiles([], { flags: new Set(), commands: new Set() })
    const path = join(folder().path, 'week.yaml')
    writeFileSync(path, body)
    expect(readDashboard(path, queries).panels).toHaveLength(content.panels.length)
  } else {
    // A part of a collector's configuration: of processors.
    expect(Object.keys(content), page).toEqual(['processors'])
    const names = Object.keys(content.processors)
    const known = read('test/otelcol/go.mod')
    const ofTests = names.filter((name) =>
      known.includes(`/${name.replaceAll('_', '')}processor v`),
    )
    expect(names.filter((name) => !ofTests.includes(name) && !OF_CONTRIB.includes(name))).toEqual(
      [],
    )
  }
}

function checkJson({ page, body }: Block): void {
  if (page !== 'docs/configuration.md') return void JSON.parse(body)
  const { path } = folder()
  mkdirSync(join(path, 'otrace'))
  writeFileSync(join(path, 'otrace', 'config.json'), body)
  const { shared, profile, profiles } = readUserConfig({ XDG_CONFIG_HOME: path })
  const { service, since, ...written } = JSON.parse(body)
  expect(shared).toMatchObject({ service, since })
  expect(profile).toBe(written.profile)
  const [[name, { url }]] = Object.entries<Config>(written.profiles) as [[string, Config]]
  expect(profiles[name]!.url).toBe(url)
}

function checkSql({ page, body }: Block): void {
  // An outline of a statement.
  if (body.includes('…')) expect(page).toBe('docs/how-it-works.md')
  else {
    const [, name = 'block'] = /@example otrace (\S+)/.exec(body) ?? []
    expect(parseQueryFile(`${name}.sql`, body, new Set()).title).not.toBe('')
  }
}

/** Drawings and messages, and the tests that compare them. */
const SEEN: Record<string, string> = {
  'CONTRIBUTING.md': 'test/contributing.test.ts',
  'docs/query-files.md': 'test/docs.test.ts',
  'docs/sampling.md': 'test/schemas/doctor.test.ts',
}

const PAYMENT = 'server/payment/payment.test.ts'

function checkText({ page, body, before }: Block): void {
  // Written by scripts/generate.ts, which test/generated.test.ts compares.
  if (/^<!-- (?:[a-z-]+ )?\$ otrace .* -->$/.test(before)) return
  if (page === 'server/README.md') {
    // The payment service is not in the recording.
    const recorded = Buffer.concat([...recordedRequests(), Buffer.from(read(PAYMENT))])
    const names = body
      .trim()
      .split('\n')
      .map((line) => line.trim().split('  ')[0]!)
    expect(names.filter((name) => !recorded.includes(name))).toEqual([])
  } else if (page === 'docs/how-it-works.md') {
    const drawn = [...body.matchAll(/\b([a-z]+\/)/g)].map(([, name]) => name!)
    expect(drawn).toEqual(['collector/', 'cli/', 'queries/'])
    for (const name of drawn) expect(existsSync(new URL(name, packageRoot)), name).toBe(true)
  } else expect(read(SEEN[page] ?? expect.fail('written by hand')), page).toContain(page)
}

function folder(): { path: string } {
  const made = temporaryFolder()
  onTestFinished(() => made.remove())
  return made
}

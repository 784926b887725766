/** Rules of the tree: layers, cycles, entry points, purity, folders and file heads. */
import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { expect, test } from 'vitest'
import { packageRoot } from '../package.ts'

/** From top to bottom. An import, type imports included, goes down or stays in its room. */
const LAYERS: Record<string, string[][]> = {
  cli: [
    ['main'],
    ['program'],
    ['catalogue'],
    ['commands'],
    ['session'],
    ['context'],
    ['options'],
    ['output', 'store'],
    ['why'],
    ['trace', 'gate'],
    ['query'],
    ['render'],
    ['result', 'units', 'errors'],
  ],
  collector: [
    ['main'],
    ['clickhouse', 'receive'],
    ['ingest'],
    ['engine'],
    ['otlp', 'http', 'status', 'address-file', 'kept-columns'],
  ],
}
const CLI_ROOT = ['catalogue.ts', 'context.ts', 'errors.ts', 'main.ts', 'program.ts', 'result.ts']
const MOST_FILES = 16

interface Module {
  path: string
  code: string
  /** Paths from the package's root for its own modules, names for packages. */
  imports: string[]
}

const PARTS = ['cli', 'collector', 'server']
const OTHERS = ['bench', 'compose', 'scripts', 'test']

/** The files of folders, tests included. */
const listFiles = (name: RegExp, folders = PARTS) =>
  folders.flatMap((folder) =>
    readdirSync(new URL(folder, packageRoot), { recursive: true, encoding: 'utf8' })
      .filter((path) => name.test(path))
      .map((path) => `${folder}/${path}`),
  )
const authored = [
  ...listFiles(/\.(ts|mjs|js)$/, [...PARTS, ...OTHERS]),
  'package.ts',
  'vitest.config.ts',
]
const modules = listFiles(/\.ts$/)
  .filter((path) => !/(\.test|\/fixture|\/testing)\.ts$/.test(path))
  .map(readModule)
const byPath = new Map(modules.map((module) => [module.path, module]))
const imports = modules.flatMap(({ path, imports }) => imports.map((to) => ({ path, to })))

function readModule(path: string): Module {
  const text = readFileSync(new URL(path, packageRoot), 'utf8')
  const code = text.replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, '')
  const names = code.matchAll(/\b(?:from\s+|import\s*\(?\s*|require\s*\(\s*)'([\w@./:-]+)'/g)
  const resolve = (name: string) => (name[0] === '.' ? posix.join(path, '..', name) : name)
  return { path, code, imports: [...names].map(([, name]) => resolve(name!)) }
}

/** The room of a module: its first folder below the part, or its own name at the part's root. */
const roomOf = (path: string) => path.split('/')[1]!.replace(/\.ts$/, '')
const shown = ({ path, to }: { path: string; to: string }) => `${path} imports ${to}`

test.each(Object.keys(LAYERS))('%s: imports go down', (part) => {
  const level = (path: string) => LAYERS[part]!.findIndex((rooms) => rooms.includes(roomOf(path)))
  const own = modules.filter(({ path }) => path.startsWith(`${part}/`))
  expect(own.filter(({ path }) => level(path) < 0).map(({ path }) => path)).toEqual([])
  const ground = LAYERS[part]!.length - 1
  const up = imports
    .filter(({ path, to }) => path.startsWith(`${part}/`) && to.startsWith(`${part}/`))
    .filter(({ path, to }) => roomOf(path) !== roomOf(to) && level(to) <= level(path))
    .filter(({ path, to }) => !(level(path) === ground && level(to) === ground))
  expect(up.map(shown)).toEqual([])
})

test.each<[string, RegExp, RegExp, RegExp]>([
  [
    'the CLI reaches the collector through few doors',
    /^cli\//,
    /^collector\//,
    /^cli\/(commands\/(up|demo|shop)\/|store\/(local|collector-error|checked-store)\.ts)/,
  ],
  [
    'the CLI reaches the shop through two commands',
    /^cli\//,
    /^server\//,
    /^cli\/commands\/(demo|shop)\//,
  ],
  ['the collector stands alone', /^collector\//, /^(cli|server)\//, /^$/],
  ['the shop stands alone', /^server\//, /^(cli|collector)\//, /^$/],
  ['output alone draws', /^cli\//, /^cli\/render\/renderers\.ts$/, /^cli\/output\//],
])('%s', (_, by, what, allowed) => {
  const found = imports.filter(({ path, to }) => by.test(path) && what.test(to))
  expect(found.filter(({ path }) => !allowed.test(path)).map(shown)).toEqual([])
})

test('no command imports another, but the tour of all', () => {
  const command = (path: string) => /^cli\/commands\/([\w-]+)/.exec(path)?.[1]
  const found = imports.filter(({ path, to }) => {
    const [from, target] = [command(path), command(to)]
    return from && target && from !== target && from !== 'demo'
  })
  expect(found.map(shown)).toEqual([])
})

test('no module imports itself in a circle', () => {
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (path: string, trail: string[]) => {
    if (trail.includes(path)) circles.push([...trail.slice(trail.indexOf(path)), path].join(' → '))
    if (done.has(path) || trail.includes(path)) return
    for (const to of byPath.get(path)?.imports ?? []) visit(to, [...trail, path])
    done.add(path)
  }
  for (const { path } of modules) visit(path, [])
  expect(circles).toEqual([])
})

test('the root of cli/ and the folders stay small', () => {
  const folder = (path: string) => posix.dirname(path)
  expect(modules.map(({ path }) => path).filter((path) => folder(path) === 'cli')).toEqual(
    CLI_ROOT.map((file) => `cli/${file}`),
  )
  const counts = new Map<string, number>()
  for (const { path } of modules) counts.set(folder(path), (counts.get(folder(path)) ?? 0) + 1)
  const large = [...counts].filter(([, count]) => count > MOST_FILES)
  expect(large.map(([name, count]) => `${name}: ${count} files`)).toEqual([])
})

const HEAD = /^(?:#!.*\n)?(?:\/\*\* (.+) \*\/\n|\/\*\*\n \* (.+)\n \*(?:\/|\n)|\/\/ (.+)\n(?!\/\/))/

test('every file has a head of one line of at most 90 columns: what it is, not what uses it', () => {
  const bad = authored.flatMap((path) => {
    const found = HEAD.exec(readFileSync(new URL(path, packageRoot), 'utf8'))
    const head = found?.slice(1).find((line) => line !== undefined)
    if (head === undefined) return [`${path}: no head of one line`]
    return [...head].length > 90 || /\bused by\b/i.test(head) ? [`${path}: ${head}`] : []
  })
  expect(bad).toEqual([])
})

test('a file of more than 250 lines gives the reason in its head', () => {
  const long = authored.filter((path) => {
    const text = readFileSync(new URL(path, packageRoot), 'utf8')
    return text.split('\n').length > 251 && !/^\/\*\*\n(?: \*.*\n)* \* One file: \S/.test(text)
  })
  expect(
    long.map((path) => `${path}: split it, or write "One file: <reason>." in its head`),
  ).toEqual([])
})

test('a line of SQL or of a comment has at most 120 columns', () => {
  const sql = listFiles(/\.sql$/, [...PARTS, ...OTHERS, 'queries'])
  expect(sql.length).toBeGreaterThan(100)
  const wide = [...sql, ...authored].flatMap((path) =>
    readFileSync(new URL(path, packageRoot), 'utf8')
      .split('\n')
      .flatMap((line, i) =>
        [...line].length > 120 && (path.endsWith('.sql') || /^\s*(?:\/[/*]|\*)/.test(line))
          ? [`${path}:${i + 1}`]
          : [],
      ),
  )
  expect(wide).toEqual([])
})

test('an exported name is exported once in each part', () => {
  const found = modules.flatMap(({ path, code }) =>
    [...code.matchAll(/^export (?:async )?(?:function\*?|const|class|interface|type) (\w+)/gm)].map(
      ([, name]) => `${path.split('/')[0]}: ${name}`,
    ),
  )
  expect(found.filter((name, i) => found.indexOf(name) !== i)).toEqual([])
})

test('render, query and trace read no clock, no process and no chance, and write nowhere', () => {
  const pure = /^cli\/(render|trace|gate|query(?!\/files\.ts))\b/
  const impure =
    /\bprocess\.|\bDate\.now\b|\bnew Date\(\)|\bconsole\.|\bMath\.random\b|\bperformance\.|\bfetch\(|from 'node:/
  const found = modules.filter(({ path, code }) => pure.test(path) && impure.test(code))
  expect(found.map(({ path, code }) => `${path}: ${impure.exec(code)![0]}`)).toEqual([])
})

test.each<[string, RegExp]>([
  ['@clickhouse/client', /^cli\/store\//],
  ['chdb', /^collector\/engine\/engine\.ts$/],
  ['@opentelemetry/sdk-node', /^server\/telemetry\/telemetry\.ts$/],
  ['commander', /^cli\/(catalogue|program|(program|options|commands)\/.*)\.ts$/],
  ['cli-table3', /^cli\/render\/grid\.ts$/],
  ['asciichart', /^cli\/render\/plot\.ts$/],
  ['get-east-asian-width', /^cli\/render\/width\.ts$/],
])('%s has one door', (library, door) => {
  const importers = imports.filter(({ to }) => to === library || to.startsWith(`${library}/`))
  expect(importers.filter(({ path }) => !door.test(path)).map(shown)).toEqual([])
  expect(importers).not.toHaveLength(0)
})

test('the help of the program loads no command, no parser, no client and no panel', () => {
  const loaded = new Set<string>()
  const visit = (path: string) => {
    if (loaded.has(path)) return
    loaded.add(path)
    const code = byPath.get(path)?.code ?? ''
    const names = code.matchAll(/^(?:import|\}) (?!type\b)(?:[^']* )?from '([^']+)'/gm)
    for (const [, name] of names) {
      visit(name![0] === '.' ? posix.join(path, '..', name!) : name!)
    }
  }
  for (const path of ['cli/main.ts', 'cli/program.ts']) visit(path)
  expect([...loaded].filter((path) => !/^(?:cli\/query\/|node:)/.test(path)).sort()).toEqual([
    'cli/catalogue.ts',
    'cli/errors.ts',
    'cli/main.ts',
    'cli/options/config-file.ts',
    'cli/output/process.ts',
    'cli/program.ts',
    'cli/program/built-queries.ts',
    'cli/program/code-cache.ts',
    'cli/program/help.ts',
    'cli/render/panels.ts',
    'cli/units/units.ts',
    'package.ts',
  ])
})

/** Who may import whom (design: pure folders, one door for each outside library), read from the import lines. */
import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { expect, test } from 'vitest'
import { packageRoot } from '../package.ts'

interface Module {
  path: string
  code: string
  /** Paths from the package's root for its own modules, names for packages. */
  imports: string[]
}

const modules = ['cli', 'collector', 'server'].flatMap((folder) =>
  readdirSync(new URL(folder, packageRoot), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.ts$/.test(name) && !/(\.test|\/fixture|\/testing)\.ts$/.test(`/${name}`))
    .map((name) => readModule(`${folder}/${name}`)),
)

function readModule(path: string): Module {
  const text = readFileSync(new URL(path, packageRoot), 'utf8')
  const code = text.replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, '')
  const imports = [...code.matchAll(/\b(?:from\s+|import\s*\(?\s*|require\s*\(\s*)'([\w@./:-]+)'/g)]
  const resolve = (name: string) => (name[0] === '.' ? posix.join(path, '..', name) : name)
  return { path, code, imports: imports.map(([, name]) => resolve(name!)) }
}

/** Every import of `what` by a module of `by`, but those that `allowed` matches. */
function offences(by: RegExp, what: RegExp, allowed: RegExp): string[] {
  return modules
    .filter(({ path }) => by.test(path))
    .flatMap(({ path, imports }) => imports.map((name) => `${path} imports ${name}`))
    .filter((offence) => what.test(offence.split(' imports ')[1]!) && !allowed.test(offence))
}

const PURE = /^cli\/(render|query|trace)\//

test.each<[string, RegExp, RegExp, RegExp]>([
  [
    'render knows nothing but itself and what it draws with',
    /^cli\/render\//,
    /./,
    / imports (cli\/render\/|(chalk|cli-table3|asciichart|string-width)$)/,
  ],
  [
    'query and trace know each other, render and the errors',
    PURE,
    /./,
    / imports (cli\/(render|query|trace)\/|cli\/errors\.ts|(chalk|cli-table3|asciichart|string-width)$)/,
  ],
  ['output alone draws', /./, /^cli\/render\/renderers\.ts$/, /^cli\/output\.ts /],
  [
    'few commands know the collector',
    /^(cli|server)\//,
    /^collector\//,
    /^cli\/(commands\/(up|demo|run|status)|store\/directory)\.ts /,
  ],
  ['the collector and the shop do not know the CLI', /^(collector|server)\//, /^cli\//, /^$/],
  ['the collector does not know the shop', /^collector\//, /^server\//, /^$/],
])('%s', (_, by, what, allowed) => {
  expect(modules.filter(({ path }) => by.test(path))).not.toHaveLength(0)
  expect(offences(by, what, allowed)).toEqual([])
})

test('render, query and trace read no clock, no process and no chance, and write nowhere', () => {
  const impure =
    /\bprocess\.|\bDate\.now\b|\bnew Date\(\)|\bconsole\.|\bMath\.random\b|\bperformance\.|\bfetch\(/
  const found = modules.filter(({ path, code }) => PURE.test(path) && impure.test(code))
  expect(found.map(({ path, code }) => `${path}: ${impure.exec(code)![0]}`)).toEqual([])
})

test.each<[string, RegExp]>([
  ['@clickhouse/client', /^cli\/store\//],
  ['chdb', /^collector\/store\.ts$/],
  ['@grpc/grpc-js', /^collector\/receive\/grpc\.ts$/],
  ['@opentelemetry/sdk-node', /^server\/telemetry\.ts$/],
  ['commander', /^cli\/(main|program|config|commands\/[a-z-]+)\.ts$/],
  ['cli-table3', /^cli\/render\/grid\.ts$/],
  ['asciichart', /^cli\/render\/plot\.ts$/],
  ['string-width', /^cli\/render\/text\.ts$/],
])('%s has one door', (library, door) => {
  const importers = modules.filter(({ imports }) =>
    imports.some((name) => name === library || name.startsWith(`${library}/`)),
  )
  expect(importers.map(({ path }) => path).filter((path) => !door.test(path))).toEqual([])
  expect(importers).not.toHaveLength(0)
})

/** The packed tarball, installed with and without optional packages. */
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageRoot, packageVersion } from '../package.ts'
import { temporaryFolder } from './folder.ts'
import { otrace } from './otrace.ts'

const folder = temporaryFolder()
const home = join(folder.path, 'app')
const bin = join(home, 'node_modules/otrace/dist/cli/main.js')
const checkout = fileURLToPath(new URL('node_modules/', packageRoot))

beforeAll(() => {
  mkdirSync(home)
  writeFileSync(join(home, 'package.json'), '{}')
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: process.env.NPM_CERTIFICATES }
  const npm = (args: string[], cwd: string) =>
    execFileSync('npm', args, { cwd, env, stdio: 'pipe' })
  // Without `prepare`: it would remove dist/ while other tests run it.
  npm(['pack', '--ignore-scripts', '--pack-destination', folder.path], fileURLToPath(packageRoot))
  const tarball = readdirSync(folder.path).find((file) => file.endsWith('.tgz'))!
  npm(['install', '--omit=optional', '--prefer-offline', join(folder.path, tarball)], home)
})
afterAll(() => folder.remove())

/** Optional packages, which take half a gigabyte: linked out of this checkout instead of being installed again. */
const { optionalDependencies } = JSON.parse(
  readFileSync(new URL('package.json', packageRoot), 'utf8'),
)
const optional = Object.keys(optionalDependencies)

function link(names: string[]): void {
  for (const name of names) {
    const to = join(home, 'node_modules', name)
    mkdirSync(dirname(to), { recursive: true })
    if (!existsSync(to)) symlinkSync(join(checkout, name), to)
  }
}

it('takes at most 15 MB without optional packages', () => {
  const files = readdirSync(join(home, 'node_modules'), { recursive: true, withFileTypes: true })
  const sizes = files
    .filter((file) => file.isFile())
    .map((file) => statSync(join(file.parentPath, file.name)).size)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(15e6)
})

it('has a licence for its own code and for the code it bundles', () => {
  const files = readdirSync(join(home, 'node_modules/otrace'), { recursive: true })
  expect(files).toContain('LICENSE')
  expect(files).toContain('dist/THIRD-PARTY-LICENSES.txt')
})

it('keeps the code that a run compiled, and does without where it is cut or damaged', async () => {
  const env = { XDG_CACHE_HOME: join(folder.path, 'cache') }
  const kept = join(env.XDG_CACHE_HOME, 'otrace/code')
  mkdirSync(kept, { recursive: true })
  chmodSync(kept, 0o777)
  const first = await otrace(['slow', '--help'], { bin, env })
  // Others could put code there, which would run.
  expect(readdirSync(kept)).toEqual([])
  chmodSync(kept, 0o700)
  expect(await otrace(['slow', '--help'], { bin, env })).toEqual(first)
  const [name] = readdirSync(kept)
  expect(await otrace(['slow', '--help'], { bin, env })).toEqual(first)
  // Node from 22 keeps a folder.
  const file = join(kept, name!)
  if (statSync(file).isDirectory()) return
  const whole = readFileSync(file)
  expect(readdirSync(kept)).toEqual([name])
  writeFileSync(file, whole.subarray(0, whole.length / 2))
  expect(await otrace(['slow', '--help'], { bin, env })).toEqual(first)
  expect(readFileSync(file).length).toBeGreaterThan(whole.length / 2)
  const damaged = Uint8Array.from(whole, (byte, at) =>
    at % 5000 === 0 && at > 0 ? byte ^ 1 : byte,
  )
  writeFileSync(file, damaged)
  expect(await otrace(['slow', '--help'], { bin, env })).toEqual(first)
  expect(readFileSync(file).equals(damaged)).toBe(false)
  expect(await otrace(['sql', '--help'], { bin, env })).toMatchObject({ exit: 0, stderr: '' })
  expect(readFileSync(file, 'latin1')).toContain('sql-')
  // Another copy of the program that shares the folder.
  const { ino } = statSync(file)
  const copy = join(folder.path, 'copy')
  cpSync(join(home, 'node_modules/otrace'), copy, { recursive: true })
  for (let i = 0; i < 12; i++) writeFileSync(join(kept, `old-${i}`), '')
  for (let i = 0; i < 12; i++) utimesSync(join(kept, `old-${i}`), i, i)
  const other = { bin: join(copy, 'dist/cli/main.js'), env }
  expect(await otrace(['slow', '--help'], other)).toEqual(first)
  const files = readdirSync(kept).filter((each) => !each.startsWith('old-'))
  expect([files.length, readdirSync(kept).length]).toEqual([2, 8])
  expect(await otrace(['slow', '--help'], { bin, env })).toEqual(first)
  expect(statSync(file).ino).toBe(ino)
})

it('reads the expressions of its own code as they were written', async () => {
  const built = join(home, 'node_modules/otrace/dist/cli')
  const names = readdirSync(built, { recursive: true }).map(String)
  const files = names.filter((name) => name.endsWith('.js'))
  const other = files.filter((name) => /[^\0-\x7f]/.test(readFileSync(join(built, name), 'utf8')))
  expect([files.length > 5, other]).toEqual([true, []])
  const run = await otrace(['trace', '4bf92f35…', '--data', 'nowhere'], { bin, cwd: home })
  expect(run.stderr).toContain('no store in ')
})

it.each(['/dev/null/cache', '/proc/cache', 'package.json'])(
  'keeps nothing where it cannot, without a word: %s',
  async (place) => {
    const run = await otrace(['--help'], { bin, cwd: home, env: { XDG_CACHE_HOME: place } })
    expect([run.exit, run.stderr]).toEqual([0, ''])
    expect(run.stdout).toContain('Usage: otrace')
  },
)

it('lists the queries that the build read, unless a file is another', async () => {
  const built = join(home, 'node_modules/otrace/dist/queries.json')
  const query = join(home, 'node_modules/otrace/queries/slow.sql')
  const [list, text] = [built, query].map((path) => readFileSync(path, 'utf8'))
  const help = async () => (await otrace(['--help'], { bin, cwd: home })).stdout
  const before = await help()
  writeFileSync(built, list!.replace('"Slow requests"', '"Listed"'))
  expect(await help()).toMatch(/slow \[options\] +Listed\n/)
  writeFileSync(query, text!.replace('Slow requests', 'Changed'))
  expect(await help()).toMatch(/slow \[options\] +Changed\n/)
  expect((await otrace(['slow', '--help'], { bin, cwd: home })).stdout).toContain('\nChanged\n')
  writeFileSync(query, text!)
  writeFileSync(built, list!)
  expect(await help()).toBe(before)
})

describe('without optional packages', () => {
  const env = { OTRACE_DATA: join(folder.path, 'store') }

  it('is a CLI for a ClickHouse server', async () => {
    expect((await otrace(['--version'], { bin })).stdout.trim()).toBe(packageVersion())
    const run = await otrace(['slow', '--url', 'http://127.0.0.1:1'], { bin })
    expect(run.stderr).toContain('cannot reach ClickHouse at http://127.0.0.1:1')
    expect(run.exit).toBe(3)
  })

  it('names the package that the local store needs', async () => {
    const run = await otrace(['up'], { bin, env })
    expect(run.stderr).toContain('(the optional package chdb) is not installed')
    expect(run.stderr).toContain('npm install chdb')
    expect(run.exit).toBe(3)
  })
})

describe('with the engine alone', () => {
  beforeAll(() => link(['chdb', '@chdb']))

  it('names the package that the shop needs', async () => {
    const env = { OTRACE_DATA: join(folder.path, 'no-shop') }
    const run = await otrace(['demo', '--duration', '2s', '--json'], { bin, env, cwd: home })
    expect(run.stderr).toMatch(/the shop needs the optional package \S+, which is not installed/)
    expect(run.exit).toBe(3)
  })
})

describe('with them', () => {
  beforeAll(() => link(optional))

  it('runs the demo', async () => {
    const env = { OTRACE_DATA: join(folder.path, 'demo') }
    const args = ['demo', '--duration', '1s', '--rate', '10', '--json']
    const run = await otrace(args, { bin, env, cwd: home })
    expect(run.exit, run.stderr).toBe(0)
    const { traffic, stored } = JSON.parse(run.stdout)
    expect(traffic.answered).toBe(10)
    expect(stored).toBe(10)
  })
})

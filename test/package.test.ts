/** The packed tarball, installed into an empty folder: without its optional packages, then with them. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageRoot, packageVersion } from '../package.ts'
import { otrace, temporaryFolder } from './otrace.ts'

const folder = temporaryFolder()
const home = join(folder.path, 'app')
const bin = join(home, 'node_modules/otrace/dist/cli/main.js')
const checkout = fileURLToPath(new URL('node_modules/', packageRoot))

beforeAll(() => {
  mkdirSync(home)
  writeFileSync(join(home, 'package.json'), '{}')
  const npm = (args: string[], cwd: string) => execFileSync('npm', args, { cwd, stdio: 'pipe' })
  npm(['pack', '--pack-destination', folder.path], fileURLToPath(packageRoot))
  const tarball = readdirSync(folder.path).find((file) => file.endsWith('.tgz'))!
  npm(['install', '--omit=optional', '--prefer-offline', join(folder.path, tarball)], home)
}, 120_000)
afterAll(() => folder.remove())

describe('without optional packages', () => {
  const env = { OTRACE_DATA: join(folder.path, 'store') }

  it('is a CLI for people with a ClickHouse server', async () => {
    expect((await otrace(['--version'], { bin })).stdout.trim()).toBe(packageVersion())
    const run = await otrace(['slow', '--url', 'http://127.0.0.1:1'], { bin })
    expect(run.stderr).toContain('cannot reach ClickHouse at http://127.0.0.1:1')
    expect(run.exit).toBe(3)
  })

  it('says what the local store needs', async () => {
    const run = await otrace(['up'], { bin, env })
    expect(run.stderr).toContain('(the optional package chdb) is not installed')
    expect(run.stderr).toContain('npm install chdb')
    expect(run.exit).toBe(3)
  })
})

describe('with them', () => {
  beforeAll(() => {
    // Half a gigabyte: linked out of this checkout instead of being installed again.
    for (const name of ['chdb', '@chdb', 'libsql', '@libsql', '@neon-rs', 'detect-libc']) {
      symlinkSync(join(checkout, name), join(home, 'node_modules', name))
    }
  })

  it('runs the demo', async () => {
    const env = { OTRACE_DATA: join(folder.path, 'demo') }
    const run = await otrace(['demo', '--duration', '2s', '--json'], { bin, env, cwd: home })
    expect(run.exit, run.stderr).toBe(0)
    const { traffic, stored } = JSON.parse(run.stdout)
    expect(traffic.answered).toBe(100)
    expect(stored).toBe(100)
  }, 60_000)
})

/** The Dockerfile's steps in empty folders: the shop starts from what the image contains. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { packageRoot } from '../package.ts'
import { temporaryFolder } from '../test/folder.ts'
import { killed } from '../test/killed.ts'

const checkout = fileURLToPath(packageRoot)
const read = (path: string) => readFileSync(join(checkout, 'compose', path), 'utf8')
/** The steps of both stages: an instruction, and the rest of its line. */
const [build = [], image = []] = read('Dockerfile')
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll('\\\n', '')
  .split(/^FROM .*\n/m)
  .slice(1)
  .map((stage) => [...stage.matchAll(/^([A-Z]+) (.*)$/gm)].map(([, word, rest]) => [word!, rest!]))
const of = (stage: string[][], word: string) =>
  stage.filter(([name]) => name === word).map(([, rest]) => rest!)
const [run = ''] = of(build, 'RUN')

const folder = temporaryFolder()
const built = join(folder.path, 'built')
const shop = join(folder.path, 'shop')
afterAll(() => folder.remove(), 900_000)

/** The build's stage. Without OTRACE_LONG=1 out of this checkout, as its steps would leave it. */
function buildStage(): void {
  mkdirSync(join(built, 'node_modules'), { recursive: true })
  if (process.env.OTRACE_LONG) {
    const copy = `git ls-files -z | tar --null -T - -cf - | tar xf - -C '${built}'`
    execFileSync('bash', ['-c', copy], { cwd: checkout })
    execFileSync('bash', ['-c', run], { cwd: built, stdio: 'pipe' })
    return
  }
  const removed = run.match(/(?<=node_modules\/)\S+/g)!
  expect(removed).toContain('chdb')
  for (const name of readdirSync(join(checkout, 'node_modules'))) {
    if (removed.includes(name)) continue
    symlinkSync(join(checkout, 'node_modules', name), join(built, 'node_modules', name))
  }
  for (const name of ['dist', 'package.json']) symlinkSync(join(checkout, name), join(built, name))
}

test('the head of the Dockerfile builds it by hand with the image that .env names', () => {
  const [, command = ''] = /^# +(docker build .*)$/m.exec(read('Dockerfile'))!
  const script = `docker() { printf '%s\\n' "$@"; }; ${command}`
  const words = execFileSync('bash', ['-c', script], { cwd: checkout, encoding: 'utf8' }).split(
    '\n',
  )
  expect(words[words.indexOf('--build-arg') + 1]).toMatch(/^NODE_IMAGE=node:\S+$/)
  expect(read('Dockerfile').match(/^ARG .*/gm)).toEqual(['ARG NODE_IMAGE'])
})

test('what the build copies lacks nothing that is tracked, and has nothing that git ignores', () => {
  const lines = (path: string) => readFileSync(join(checkout, path), 'utf8').trim().split('\n')
  const ignored = lines('.gitignore').map((line) => `**/${line.replace(/\/$/, '')}`)
  expect(lines('compose/Dockerfile.dockerignore')).toEqual(['.git', ...ignored])
  expect(of(build, 'COPY')).toEqual(['. .'])
  const args = [
    'ls-files',
    '--cached',
    '--ignored',
    '--exclude-from=compose/Dockerfile.dockerignore',
  ]
  expect(execFileSync('git', args, { cwd: checkout, encoding: 'utf8' })).toBe('')
})

test('the shop and its traffic run from what the image contains, and it tells its health', async () => {
  buildStage()
  for (const copied of of(image, 'COPY')) {
    const [, from = '', to = ''] = /^--from=build \/otrace\/(\S+) (\S+)$/.exec(copied)!
    const target = join(shop, to === './' ? from : to)
    mkdirSync(dirname(target), { recursive: true })
    cpSync(join(built, from), target, { recursive: true, dereference: from === 'package.json' })
  }
  expect(readdirSync(join(shop, 'node_modules'))).not.toContain('chdb')
  expect(of(image, 'USER')).toEqual(['node'])
  expect(of(image, 'ENV')).toEqual(['HOST=0.0.0.0'])
  expect(of(image, 'EXPOSE')).toEqual(['8000'])

  const env = { PATH: process.env.PATH, TMPDIR: folder.path, OTEL_SDK_DISABLED: 'true' }
  const [command, ...args] = JSON.parse(of(image, 'CMD')[0]!)
  const child = spawn(command, args, { cwd: shop, env: { ...env, PORT: '0' } })
  onTestFinished(() => killed(child))
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text) => (said += text))
  await expect.poll(() => said + (child.exitCode ?? '')).toMatch(/\n/)
  const [, port] = /"event":"listening","port":(\d+)/.exec(said) ?? expect.fail(said)

  const health = JSON.parse(/CMD (.*)/.exec(of(image, 'HEALTHCHECK')[0]!)![1]!) as string[]
  const ask = (words: string[]) => {
    const [name = '', ...rest] = words.map((word) => word.replace(/\b8000\b/, port!))
    return execFileSync(name, rest, { cwd: shop, env, stdio: 'pipe' }).toString()
  }
  ask(health)
  const { traffic } = parse(read('compose.yaml'), { merge: true }).services
  const words = (traffic.command as string[]).map((word) => word.replace('//shop:', '//127.0.0.1:'))
  const done = JSON.parse(ask(words.with(words.indexOf('--duration') + 1, '1')))
  expect(done.answered).toBeGreaterThan(0)
  expect(done.failures).toBe(0)

  child.kill('SIGTERM')
  expect((await once(child, 'exit'))[0]).toBe(0)
  expect(() => ask(health)).toThrow()
}, 900_000)

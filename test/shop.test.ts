/** `otrace shop`: docs/shop.md, command by command, and what it refuses. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { run } from '../cli/program.ts'
import { type Collector, start } from '../collector/main.ts'
import { packageRoot } from '../package.ts'
import { temporaryFolder } from './folder.ts'
import { runHere } from './otrace.ts'

const folder = temporaryFolder()
const env = { OTRACE_DATA: join(folder.path, 'store') }
const page = readFileSync(new URL('docs/shop.md', packageRoot), 'utf8')
const stop = new AbortController()
let collector: Collector
let exited: Promise<number>
let audit = ''
let notes = ''

beforeAll(async () => {
  const ports = { otlpHttpPort: 0, otlpGrpcPort: 0, clickhousePort: 0 }
  collector = await start({ dataDir: env.OTRACE_DATA, ...ports })
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  stdout.setEncoding('utf8').on('data', (text) => (audit += text))
  stderr.setEncoding('utf8').on('data', (text) => (notes += text))
  const surroundings = { env, stdin: Readable.from([]), stdout, stderr }
  exited = run(['shop', '--port', '0', '--traffic', '1'], surroundings, stop.signal)
  await vi.waitFor(() => expect(notes).toContain('The shop serves'), 60_000)
})
afterAll(async () => {
  stop.abort()
  await exited
  await collector.stop()
  folder.remove()
})

/** The shell commands of a section of the page, with the shop's real port. */
function commandsOf(section: string): string[] {
  const [, text = ''] = page.split(`\n## ${section}\n`)
  const [own = ''] = text.split('\n## ')
  const port = /http:\/\/127\.0\.0\.1:(\d+)/.exec(notes)![1]!
  return [...own.matchAll(/^```sh\n([\s\S]*?)^```/gm)]
    .flatMap(([, block]) => block!.replaceAll('\\\n', '').trim().split('\n'))
    .map((line) => line.replace(':8000', `:${port}`))
}

/** Runs a command of the page, an otrace one until its span has arrived. */
async function output(command: string, contains: string | RegExp): Promise<string> {
  if (command.startsWith('curl')) {
    const { stdout } = await promisify(execFile)('bash', ['-c', `${command} --silent`])
    return stdout
  }
  const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, a, b]) => a ?? b!)
  let text = ''
  const ask = async () => {
    const { stdout, stderr } = await runHere(words.slice(1), { env })
    text = stdout + stderr
    return text
  }
  await expect.poll(ask, { interval: 200 }).toMatch(contains)
  return text
}

it('prints a purchase that runs as it is copied from 80 columns', async () => {
  const [, printed = ''] = /terminal:\n\n([\s\S]*?)\n\n/.exec(notes)!
  const lines = printed.split('\n')
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
  const { stdout } = await promisify(execFile)('bash', ['-c', `${printed} --silent`])
  expect(JSON.parse(stdout)).toEqual({ message: 'success' })
})

it('finds a purchase, its audit line and its trace, as the page says', async () => {
  const [buy, journey, sold, logs, trace] = commandsOf('A purchase')
  expect(JSON.parse(await output(buy!, ''))).toEqual({ message: 'success' })
  const bought = () =>
    audit.split('\n').findLast((line) => /a76afb96.*"product_quantity":2,/.test(line))
  await expect.poll(bought).toContain('product bought')
  const line = JSON.parse(bought()!)
  const documented = JSON.parse(/^```json\n(.*)\n```/m.exec(page)![1]!)
  expect(Object.keys(line)).toEqual(Object.keys(documented))
  expect(line).toMatchObject({ user_id: documented.user_id, product_quantity: 2 })
  expect(await output(journey!, line.trace_id)).toMatch(/POST \/product\S* +200/)
  expect(await output(sold!, line.product_id)).toMatch(/4b7c\S+ +\d+ +\d+$/m)
  expect(await output(logs!, line.trace_id)).toContain('product bought')
  const own = trace!.replace(documented.trace_id, line.trace_id)
  expect(await output(own, '22 spans')).toContain('product.quantity=2')
})

it('finds a wrong password', async () => {
  const [buy, failures, events] = commandsOf('A wrong password')
  expect(JSON.parse(await output(buy!, ''))).toEqual({ detail: 'Invalid credentials' })
  expect(await output(failures!, 'a76afb96')).toContain('Invalid credentials')
  expect(await output(events!, 'invalid user password')).toContain('shop')
})

it('finds an order that exceeds the stock', async () => {
  const [buy, errors, spans, trace] = commandsOf('An order of 1,000')
  expect(await output(buy!, '')).toContain('Insufficient quantity for product 3ef49b1c-')
  await output(errors!, 'Insufficient quantity')
  await output(spans!, /3ef49b1c.* 1000\b/)
  // The traffic's own errors may come behind it.
  const again = async () => {
    await output(buy!, '')
    return output(trace!, '')
  }
  await expect
    .poll(again, { interval: 1000 })
    .toMatch(/product\.quantity=1000[\s\S]*InsufficientQuantity/)
})

it('lists its faults, and refuses others, a port in use and a missing collector', async () => {
  const faults = await runHere(['shop', '--list-faults'])
  expect(faults.stdout).toMatch(/^slow-disk\n {2}Every 20th commit/)
  const unknown = await runHere(['shop', '--fault', 'rain'], { env })
  expect(unknown).toMatchObject({
    exit: 2,
    stderr: expect.stringContaining('use any of slow-disk'),
  })
  const taken = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))
  const { port } = taken.address() as { port: number }
  const busy = await runHere(['shop', '--port', String(port)], { env })
  expect(busy).toMatchObject({
    exit: 2,
    stderr: expect.stringContaining(`--port ${port} is in use`),
  })
  taken.close()
  const alone = await runHere(['shop', '--data', folder.path])
  expect(alone).toMatchObject({ exit: 3, stderr: expect.stringContaining('otrace up') })
})

it('sends traffic beside it, and ends with exit code 0', async () => {
  await output('otrace services', 'shop-traffic')
  stop.abort()
  expect(await exited).toBe(0)
})

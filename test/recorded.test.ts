/** Services with plain auto-instrumentation: every general query fills all of its columns. */
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { runHere } from './otrace.ts'
import { storedTraces } from './stored-traces.ts'

/** Recorded from Flask 3.1 with sqlite3 (distro 0.66b1) and from a JDK HTTP server (agent 2.16.0). */
const SERVICES = { books: 'python-flask', quotes: 'java-http-server' }
const WINDOW = ['--from', '2026-11-26T01:30:00Z', '--to', '2026-11-26T01:50:00Z']
const { env, send } = storedTraces()

beforeAll(async () => {
  for (const file of Object.values(SERVICES))
    await send(readFileSync(new URL(`recorded/${file}.json`, import.meta.url), 'utf8'))
})

async function rows(...args: string[]): Promise<Record<string, unknown>[]> {
  const { stdout, stderr, exit } = await runHere([...args, ...WINDOW, '--json'], { env })
  expect({ args, exit, stderr }).toMatchObject({ exit: 0 })
  return JSON.parse(stdout)
}

const isEmpty = (cell: unknown) =>
  cell === null || cell === '' || (typeof cell === 'object' && Object.keys(cell).length === 0)

describe.each(Object.keys(SERVICES))('%s', (service) => {
  it.each([
    [['services']],
    [['operations']],
    [['operations', '--by', 'http_status']],
    [['rps']],
    [['latency', '--by', 'operation']],
    [['slow', '--over', '1ms']],
    [['errors']],
    [['events']],
    [['spans']],
    [['top', 'http.response.status_code']],
    [['top', 'route']],
    [['auth-failures']],
    [['attributes']],
  ])('%j has no empty column', async (args) => {
    const found = await rows(...args, '--service', service)
    expect(found).not.toEqual([])
    const blank = Object.keys(found[0]!).filter((name) => found.every((row) => isEmpty(row[name])))
    // Of --sum, of the window before, and of a user whom no plain instrumentation knows.
    const known = ['sum', 'change', 'noise', 'user']
    expect(blank.filter((name) => !known.includes(name))).toEqual([])
  })

  it('counts each request once, under its route', async () => {
    const [row] = await rows('services', '--service', service)
    expect(row).toMatchObject({ service })
    expect(Number(row!.requests)).toBeGreaterThan(10)
    const slow = await rows('slow', '--over', '1ms', '--service', service)
    for (const { method, route } of slow) {
      expect(method).toBe('GET')
      expect(route).toMatch(/^\//)
    }
  })

  it('separates faults and refusals', async () => {
    const errors = await rows('errors', '--service', service, '--everywhere')
    expect(errors.map(({ type }) => type)).toContain('fault')
    const statuses = errors.map(({ status }) => status)
    expect(statuses).toContain(500)
  })

  it('opens the slowest trace, with its calls below its request', async () => {
    const { stdout } = await runHere(['trace', '--slowest', '--service', service, ...WINDOW], {
      env,
    })
    expect(stdout).toMatch(service === 'books' ? /SELECT .*×5/ : /GET \/quote/)
    const flame = await runHere(['flame', '--service', service, ...WINDOW], { env })
    expect(flame.exit).toBe(0)
    expect(flame.stdout).toContain('█')
  })
})

/** `otrace dashboard`: layouts, formats, a page, and files of one's own. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readQueryFiles } from '../../cli/query/files.ts'
import { plain, visible } from '../../cli/render/fixture.ts'
import { textWidth } from '../../cli/render/text.ts'
import type { Collector } from '../../collector/main.ts'
import { inChromium } from '../browser.ts'
import { temporaryFolder } from '../folder.ts'
import { runHere } from '../otrace.ts'
import { RECORDED_UNTIL, startRecorded } from '../recording.ts'
import { remembering } from '../remembering.ts'

const folder = temporaryFolder()
let collector: Collector
let answers: Awaited<ReturnType<typeof remembering>>
let env: Record<string, string>

beforeAll(async () => {
  collector = await startRecorded(join(folder.path, 'data'))
  answers = await remembering(collector.addresses.clickhouse)
  env = { OTRACE_URL: answers.url, OTRACE_NOW: RECORDED_UNTIL }
})
afterAll(async () => {
  answers?.stop()
  await collector?.stop()
  folder.remove()
})

/** The recording begins within the window. */
const LATE = /^rates are over the whole window, whose first span is of 2026-11-22 16:10:1\d Z\n$/

async function dashboard(args: string[], more: Record<string, string> = {}): Promise<string> {
  const command = ['dashboard', ...args, '--service', 'shop', '--since', '90s']
  const { stdout, stderr, exit } = await runHere(command, {
    env: { ...env, ...more },
    cwd: folder.path,
  })
  expect(exit, stderr).toBe(0)
  // A dashboard of one's own has no rates.
  expect(stderr.replace(/^wrote .*\n/, '')).toMatch(args.includes('mine') ? /^$/ : LATE)
  return stdout
}

/** Widths whose golden files have colours, too: those of 16, for light and dark screens. */
const COLOURED = [80, 160]

it.each([40, 80, 120, 160, 200])('fits %d columns', async (width) => {
  const text = await dashboard([], { COLUMNS: String(width), FORCE_COLOR: '1' })
  const golden = `../golden/live/dashboard.${width}`
  for (const line of plain(text).split('\n')) expect(textWidth(line)).toBeLessThanOrEqual(width)
  await expect(plain(text)).toMatchFileSnapshot(`${golden}.txt`)
  if (COLOURED.includes(width))
    await expect(visible(text)).toMatchFileSnapshot(`${golden}.colour.txt`)
})

/** The first example of each built-in query, and the map. */
const EXAMPLES: [name: string, example: string][] = [
  ...readQueryFiles([], { flags: new Set(), commands: new Set() }).queries.map(
    ({ name, examples }): [string, string] => [name, examples[0]!],
  ),
  ['map', 'otrace map --since 15m'],
]

/** Sizes and parts of a store differ from run to run, and so does the room that they take. */
const lasting = (text: string) =>
  /^otel\.otel_traces /m.test(text)
    ? text
        .replace(/^otel\.otel_traces .*/m, (row) => {
          let at = 0
          const size = / +\d[\d.]*(?: [KMGT]i?B?)?(?= |$)/g
          return row.replace(size, (cell) => (at++ < 1 || at > 6 ? cell : ' 0'))
        })
        .replace(/ {2,}/g, ' ')
        .replace(/─+/g, '─')
    : text

it.each(EXAMPLES)('draws %s as in its golden files', async (name, example) => {
  const args = example.split(' ').slice(1)
  for (const width of [40, 80, 160]) {
    const coloured = { ...env, COLUMNS: String(width), FORCE_COLOR: '1' }
    const { stdout, exit } = await runHere(args, { env: coloured, cwd: folder.path })
    expect(exit).toBe(0)
    for (const line of plain(stdout).split('\n')) expect(textWidth(line)).toBeLessThanOrEqual(width)
    if (width === 40) continue
    const golden = `../golden/live/queries/${name}.${width}`
    await expect(lasting(plain(stdout))).toMatchFileSnapshot(`${golden}.txt`)
    await expect(lasting(visible(stdout))).toMatchFileSnapshot(`${golden}.colour.txt`)
  }
})

it('is the same without colour', async () => {
  const golden = new URL('../golden/live/dashboard.120.txt', import.meta.url)
  expect(await dashboard([], { COLUMNS: '120' })).toBe(readFileSync(golden, 'utf8'))
})

it('answers each panel as its command does, with -o json', async () => {
  const { title, panels } = JSON.parse(await dashboard(['-o', 'json']))
  expect(title).toBe('Overview')
  const named = panels.filter(({ command }: { command: string | null }) => command !== null)
  expect(named.length).toBeGreaterThan(4)
  for (const { command, rows } of named) {
    const args = [...command.split(' ').slice(1), '--json']
    const { stdout } = await runHere(args, { env, cwd: folder.path })
    expect({ command, rows }).toEqual({ command, rows: JSON.parse(stdout) })
  }
})

it('writes a page that loads nothing', async () => {
  const path = join(folder.path, 'overview.html')
  await dashboard(['--html', path, '--dedupe'])
  const page = readFileSync(path, 'utf8')
  expect(page).toContain('Requests by status')
  expect(page).toContain('$ otrace rps --by http_status --since 90s --service shop --dedupe<')
  const panels = page.split('<section').slice(1)
  for (const panel of panels) expect(panel).toMatch(/\$ otrace [\s\S]*<\/section>/)
  // As on the page of a trace.
  expect(page).toContain('.c94 { color: #4a6fe0 }')
  expect(page).not.toMatch(/<script|<link|src=|url\(|\x1b/)
})

inChromium('the page in Chromium', (browsing) => {
  it('shows each panel once, in letters that fit: 390, 800 and 1400 px', async () => {
    const path = join(folder.path, 'wide.html')
    await dashboard(['--html', path])
    await browsing.open([readFileSync(path, 'utf8')])
    for (const width of [390, 800, 1400]) {
      await browsing.page.setViewportSize({ width, height: 900 })
      const panels = (await browsing.page.evaluate(`[...document.querySelectorAll('section')].map(
        (one) => [...one.querySelectorAll('pre')].filter(({ clientWidth }) => clientWidth > 0)
          .map(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth))`)) as boolean[][]
      expect(panels.length).toBeGreaterThan(5)
      expect(panels, `${width} px`).toEqual(panels.map(() => [false]))
    }
  })
})

it('shows the window that was asked for, not the time of the first span alone', async () => {
  const text = await dashboard([], { COLUMNS: '80' })
  const [, axis = ''] = /Latency heatmap[\s\S]*?└.*\n(.*)/.exec(text) ?? []
  expect(axis.trim()).toMatch(/^16:10:00 +16:10:30/)
})

it('reads dashboards of the project, and names the place of a mistake', async () => {
  const own = join(folder.path, '.otrace/dashboards')
  mkdirSync(own, { recursive: true })
  const write = (text: string) => writeFileSync(join(own, 'mine.yaml'), text)
  write("title: Mine\npanels:\n  - run: top http_status --where 'duration > 0'\n")
  expect(await dashboard(['mine'])).toContain('Mine')
  const fails = async (text: string) => {
    write(text)
    const { exit, stderr } = await runHere(['dashboard', 'mine'], { env, cwd: folder.path })
    expect(exit).toBe(2)
    return stderr
  }
  expect(await fails('panels:\n  - run: rsp\n')).toMatch(
    /mine\.yaml:2:10: no such query: rsp\n.*rps/,
  )
  expect(await fails('panels:\n  - run: rps --nope\n')).toMatch(/mine\.yaml:2:10: unknown option/)
  expect(await fails('panels:\n  - run: rps --bucket\n')).toMatch(
    /mine\.yaml:2:10: --\w+ needs a value/,
  )
  expect(await fails('panels:\n  - run: rps --since=5m\n')).toMatch(
    /mine\.yaml:2:10: --since: a panel has the window of its dashboard\n/,
  )
  expect(await fails('panels:\n  - run: rps --utc\n')).toMatch(
    /mine\.yaml:2:10: --utc: a panel has the time zone of its dashboard\n/,
  )
  expect(await fails('panels:\n  - run: rps --total\n')).toMatch(
    /mine\.yaml:2:10: unknown option '--total'/,
  )
  expect(await fails('panels:\n  - title: x\n')).toMatch(/mine\.yaml:2:\d+: a panel has no run/)
  expect(await fails('title: x\n')).toContain('has no panels')
  const missing = await runHere(['dashboard', 'nope'], { env })
  expect(missing.stderr).toContain('no such dashboard: nope')
})

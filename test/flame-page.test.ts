/** The page of `otrace flame --html` in headless Chromium. Skipped without Chromium. */
import { expect, test } from 'vitest'
import { readTemplate } from '../cli/output/html-file.ts'
import { mergeTraces } from '../cli/trace/flame/flame.ts'
import { flamePage } from '../cli/trace/flame/html.ts'
import { buildTrace } from '../cli/trace/model/build.ts'
import type { SpanRow } from '../cli/trace/model/span-row.ts'
import { inChromium, soon } from './browser.ts'
import { row, traces } from './golden/trace/traces.ts'

inChromium('the flame page in Chromium', (browsing) => {
  const GOLDEN = ['purchase', 'error', 'two-services'].map((name) => traces[name]!())

  async function open(...some: SpanRow[][]) {
    const merging = mergeTraces()
    for (const rows of some) merging.add(buildTrace(rows))
    await browsing.open(flamePage(merging.flame(), readTemplate('flame'), ''))
    await browsing.page.waitForSelector('.frame')
  }

  const frame = (text: string) => browsing.page.locator('.frame', { hasText: text }).first()
  const focused = () => browsing.page.locator('.frame:focus').getAttribute('aria-label')

  test('zooms to a frame and back', async () => {
    await open(...GOLDEN)
    const { page, complaints } = browsing
    const width = async () => (await frame('service_buy_product').boundingBox())!.width
    const before = await width()
    await frame('service_buy_product').click()
    await soon(width).toBeGreaterThan(before * 1.2)
    await soon(() => page.textContent('#detail h2')).toBe('service_buy_product shop')
    await page.keyboard.press('0')
    await soon(width).toBe(before)
    expect(complaints).toEqual([])
  })

  test('finds frames, says how much of the whole they are, and walks through them', async () => {
    await open(...GOLDEN)
    const { page } = browsing
    await page.keyboard.press('/')
    await page.keyboard.type('UPDATE shop.products')
    await soon(() => page.textContent('#matches')).toMatch(/^2 frames, \d\d\.\d%$/)
    await soon(() => page.locator('.frame.match').count()).toBe(2)
    await page.keyboard.press('Enter')
    await soon(focused).toBe('UPDATE shop.products')
    const first = await page.locator('.frame:focus').getAttribute('data-index')
    await page.keyboard.press('n')
    await soon(focused).toBe('UPDATE shop.products')
    await soon(() => page.locator('.frame:focus').getAttribute('data-index')).not.toBe(first)
    await page.keyboard.press('Escape')
    await soon(() => page.locator('.frame.match').count()).toBe(0)
    await soon(() => page.inputValue('#search')).toBe('')
  })

  test('goes by keys from frame to frame, and Tab comes to one of them', async () => {
    await open(...GOLDEN)
    const { page } = browsing
    await page.keyboard.press('ArrowDown')
    const first = await focused()
    await page.keyboard.press('ArrowRight')
    await soon(focused).not.toBe(first)
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('ArrowUp')
    await soon(focused).toBe('everything')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await soon(() => page.textContent('#detail h2')).toContain(first!.replace('✗ ', ''))
    await soon(() => page.locator('.frame[tabindex="0"]').count()).toBe(1)
    await page.keyboard.press('Escape')
    await soon(focused).toBe('everything')
  })

  test('draws each frame as wide as its part of the work', async () => {
    const rows = [1, 2, 4, 8].map((ms, i) =>
      row(`s${i}`, 'a', `step ${i}`, { at: 0, took: ms * 1e6 }),
    )
    await open([row('a', '', 'all', { at: 0, took: 1e9 }), ...rows])
    const all = (await frame('all').boundingBox())!
    const drawn = await browsing.page.locator('.frame').all()
    const boxes = await Promise.all(drawn.map(async (one) => (await one.boundingBox())!))
    const widths = boxes
      .filter(({ y }) => y > all.y)
      .map(({ width }) => width)
      .sort((a, b) => b - a)
    const parts = [8, 4, 2].map((ms) => (all.width * ms) / 1000)
    expect(widths.map((width, i) => Math.abs(width - parts[i]!) < 0.1)).toEqual([true, true, true])
  })

  test('says what is under the pointer, and how often it was called and failed', async () => {
    await open(...GOLDEN)
    await frame('✗ service_buy_product').hover()
    const { page } = browsing
    await soon(() => page.textContent('#detail')).toMatch(
      /^service_buy_product shop.*with children.*itself.*calls2in error1$/,
    )
  })

  test('names frames without a name, and counts those too narrow to be seen', async () => {
    const whole = row('a', '', '', { at: 0, took: 1e9 })
    await open([whole, row('b', 'a', 'tiny', { at: 1e3, took: 1e3 })])
    const { page } = browsing
    await soon(() => page.locator('.frame').allTextContents()).toEqual(['everything', '(no name)'])
    await soon(() => page.textContent('#narrow')).toContain('1 too narrow')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    await soon(focused).toBe('tiny')
    await soon(() => page.textContent('#detail')).toContain('1.00 µs (<0.1%)')
    await soon(() => page.textContent('#narrow')).toBe('')
  })
})

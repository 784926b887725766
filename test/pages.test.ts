/** Clicks through the pages of `otrace trace --html` and `otrace flame --html` in headless Chromium (Debian's package); skipped by name where there is none. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readTemplate, writePage } from '../cli/pages.ts'
import { formatUnit } from '../cli/render/units.ts'
import { mergeTraces } from '../cli/trace/flame.ts'
import { flamePage } from '../cli/trace/flame-page.ts'
import { tracePage } from '../cli/trace/page.ts'
import { buildTrace } from '../cli/trace/tree.ts'
import { large, logs, row, traces } from './golden/trace/traces.ts'

const executablePath = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find(existsSync)

describe.skipIf(!executablePath)('pages in Chromium', () => {
  const folder = mkdtempSync(join(tmpdir(), 'otrace-page-'))
  let browser: Browser
  let page: Page
  const complaints: string[] = []

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] })
    page = await browser.newPage({ viewport: { width: 1200, height: 700 } })
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('console', (message) => complaints.push(message.text()))
    page.on('request', (request) => {
      if (!request.url().startsWith('file:')) complaints.push(`asked for ${request.url()}`)
    })
  })
  afterAll(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true })
  })

  async function open(rows = traces.purchase!()) {
    const file = join(folder, 'trace.html')
    await writePage(file, tracePage(buildTrace(rows), logs, readTemplate('trace'), 'UTC'))
    complaints.length = 0
    await page.goto(pathToFileURL(file).href)
    await page.waitForSelector('.row')
  }

  const labels = () => page.locator('.row .text').allTextContents()
  const height = () => page.evaluate('document.getElementById("space").clientHeight')
  const chosen = () => page.locator('.row[aria-selected=true] .text').textContent()

  test('says what the terminal says', async () => {
    await open()
    expect(await page.textContent('#title')).toBe('POST /product/{id} 20031.4 ms')
    expect(await page.textContent('#facts')).toContain('15 spans · 1 service · no errors')
    expect(await labels()).toHaveLength(15)
    expect(complaints).toEqual([])
  })

  test('shows everything known of a span that is clicked, its logs too', async () => {
    await open()
    await page.click('text=service_buy_product')
    const said = await page.textContent('#detail')
    expect(said).toContain('00000000-0000-4000-8000-000000000101')
    expect(said).toContain('INFO product bought')
    await page.keyboard.press('Escape')
    expect(await page.textContent('#detail')).toBe('')
  })

  test('closes and opens what is beneath a span, by pointer and by key', async () => {
    await open()
    await page.locator('.row', { hasText: 'service_buy_product' }).locator('.twist').click()
    await expect.poll(labels).toHaveLength(7)
    await page.keyboard.press('ArrowRight')
    await expect.poll(labels).toHaveLength(15)
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('ArrowLeft')
    await expect.poll(chosen).toBe('POST /product/{id} 200')
    await page.keyboard.press('j')
    await expect.poll(chosen).toBe('authentication')
  })

  test('finds spans by name and attribute, and walks through them', async () => {
    await open()
    await page.keyboard.press('/')
    await page.keyboard.type('product.quantity=1')
    await expect.poll(() => page.textContent('#matches')).toBe('1 of 15')
    await page.fill('#search', 'repository_')
    await expect.poll(() => page.locator('.row.match').count()).toBe(5)
    await page.keyboard.press('Enter')
    await expect.poll(chosen).toBe('repository_get_user')
    await page.keyboard.press('n')
    await expect.poll(chosen).toBe('repository_get_product')
  })

  test('jumps from error to error', async () => {
    await open(traces.error!())
    await page.click('#error')
    await expect.poll(chosen).toBe('✗ service_buy_product')
    await page.keyboard.press('Enter')
    expect(await page.textContent('#detail')).toContain('at buyProduct (service.ts:41:11)')
  })

  test('zooms to a span and back', async () => {
    await open()
    const first = () => page.locator('#axis span').first().textContent()
    await page.click('text=service_buy_product')
    await page.keyboard.press('z')
    await expect.poll(first).toBe('7.97 ms')
    await page.keyboard.press('0')
    await expect.poll(first).toBe('0 ns')
    const map = (await page.locator('#map').boundingBox())!
    await page.mouse.move(map.x + map.width / 2, map.y + 10)
    await page.mouse.down()
    await page.mouse.move(map.x + map.width - 1, map.y + 10, { steps: 4 })
    await page.mouse.up()
    await expect.poll(first).toMatch(/^15\.\d ms$/)
  })

  test('is light or dark as the system is, and as one says', async () => {
    const paper = () => page.evaluate('getComputedStyle(document.body).backgroundColor')
    await page.emulateMedia({ colorScheme: 'light' })
    await open()
    expect(await paper()).toBe('rgb(255, 255, 255)')
    await page.emulateMedia({ colorScheme: 'dark' })
    expect(await paper()).toBe('rgb(20, 24, 29)')
    await page.click('#theme')
    expect(await paper()).toBe('rgb(255, 255, 255)')
  })

  test('folds alike spans, and opens them', async () => {
    await open(traces['n-plus-one']!())
    expect(await labels()).toContain('load_item ×24')
    await page.click('text=load_item ×24')
    await expect.poll(height).toBe((5 + 24) * 24)
    expect((await labels()).filter((one) => one === 'load_item').length).toBeGreaterThan(10)
    expect(await page.textContent('#findings')).toContain('N+1: SELECT shop.products ×24')
  })

  test('puts spans under the one that is not stored', async () => {
    await open(traces['missing-parents']!())
    expect(await labels()).toContain('┄ span 0000000000627579 is not stored')
  })

  test('takes nothing in a span for markup', async () => {
    const name = '</script><img src=x onerror=alert(1)>{{data}}'
    await open([row('a', '', name, { at: 0, took: 5, attributes: { '<b>': '<!--' } })])
    expect(await labels()).toEqual([name])
    expect(complaints).toEqual([])
  })

  test('writes lengths of time as the terminal does', async () => {
    await open()
    const lengths = [
      0, 1, 999, 1000, 999_500, 1_234_567, 59_990_000_000, 61e9, 3_599e9, 7_300e9, 2e14,
    ]
    const written = await page.evaluate(`[${lengths}].map(took)`)
    expect(written).toEqual(lengths.map((ns) => formatUnit(ns, 'ns')))
  })

  test('keeps few rows in the page of 10,000 spans, to the last of them', async () => {
    await open(large(10_000))
    await page.click('#expand')
    await page.keyboard.press('End')
    await expect.poll(chosen).toBe('UPDATE shop.products')
    expect(await page.locator('.row').count()).toBeLessThan(60)
    // One row more than spans: the fold they were in.
    expect(await height()).toBe(10_001 * 24)
  })

  async function openFlame() {
    const merging = mergeTraces()
    for (const name of ['purchase', 'error', 'two-services']) {
      merging.add(buildTrace(traces[name]!()))
    }
    const file = join(folder, 'flame.html')
    await writePage(file, flamePage(merging.flame(), readTemplate('flame'), ''))
    complaints.length = 0
    await page.goto(pathToFileURL(file).href)
    await page.waitForSelector('.frame')
  }

  test('a flame graph zooms to a frame and back', async () => {
    await openFlame()
    const width = async () =>
      (await page.locator('.frame', { hasText: 'service_buy_product' }).first().boundingBox())!
        .width
    const before = await width()
    await page.locator('.frame', { hasText: 'service_buy_product' }).first().click()
    await expect.poll(width).toBeGreaterThan(before * 1.2)
    expect(await page.textContent('#detail')).toContain('service_buy_product (shop): ')
    await page.keyboard.press('0')
    await expect.poll(width).toBe(before)
    expect(complaints).toEqual([])
  })

  test('a flame graph finds frames and says how much of the whole they are', async () => {
    await openFlame()
    await page.keyboard.press('/')
    await page.keyboard.type('UPDATE shop.products')
    await expect.poll(() => page.textContent('#matches')).toMatch(/^2 frames, \d\d\.\d %$/)
    await expect.poll(() => page.locator('.frame.match').count()).toBe(2)
  })
})

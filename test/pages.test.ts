/** The page of `otrace trace --html` in headless Chromium. Skipped without Chromium. */
import { expect, test } from 'vitest'
import { formatUnit } from '../cli/units/units.ts'
import { inChromium, soon } from './browser.ts'
import { large, row, traces } from './golden/trace/traces.ts'
import { tracePageIn } from './trace-page.ts'

const MS = 1e6

inChromium('the trace page in Chromium', (browsing) => {
  const at = tracePageIn(browsing)

  test('has the same text as the terminal', async () => {
    await at.open()
    await soon(() => browsing.page.textContent('#title')).toBe('POST /product/{id} 20031.4 ms')
    await soon(() => browsing.page.locator('#facts span').allTextContents()).toEqual([
      'trace 4bf92f3577b34da6a3ce929d0e0e4736',
      'complete',
      '2026-11-22 15:30:00.123456 Z',
      '15 spans',
      '1 service',
      'no errors',
      'depth 5',
    ])
    await soon(() => browsing.page.locator('#path span').allTextContents()).toEqual([
      'critical path',
      '53% UPDATE shop.products',
      '25% service_verify_user_password',
    ])
    // The last is of the log that names no span.
    await soon(at.labels).toHaveLength(16)
    expect(browsing.complaints).toEqual([])
  })

  test('draws bars where spans ran, solid on the critical path, on one round axis', async () => {
    await at.open()
    const near = (value: number) => Math.abs(value) < 0.1 * MS
    const [only, ...more] = await at.bars('UPDATE shop.products', 'b', 31.4 * MS)
    expect(more).toEqual([])
    expect([only![0]! - 12.3 * MS, only![1]! - 16.7 * MS].map(near)).toEqual([true, true])
    await soon(() => at.bars('POST /product', 'i', 31.4 * MS)).toEqual([[0, 31.4 * MS]])
    await soon(() => at.bars('POST /product', 'b', 31.4 * MS)).toHaveLength(3)
    await soon(at.axis).toEqual(['0', '5 ms', '10 ms', '15 ms', '20 ms', '25 ms'])
  })

  test('shows all details and logs of a clicked span', async () => {
    await at.open()
    await at.rowOf('service_buy_product').click()
    const said = soon(() => browsing.page.textContent('#detail'))
    await said.toContain('00000000-0000-4000-8000-000000000101')
    await said.toContain('INFO product bought')
    await said.toContain('critical path600 µs (1.9%)')
    await said.toContain('host.nameshop-1')
    await browsing.page.click('#detail .close')
    await soon(() => browsing.page.textContent('#detail')).toBe('')
    await browsing.page.keyboard.press('Enter')
    await soon(() => browsing.page.textContent('#detail h2')).toBe('service_buy_product')
    await browsing.page.keyboard.press('Escape')
    await soon(() => browsing.page.textContent('#detail')).toBe('')
  })

  test('is light or dark by the system or by choice', async () => {
    const paper = () => browsing.page.evaluate('getComputedStyle(document.body).backgroundColor')
    await browsing.page.emulateMedia({ colorScheme: 'light' })
    await at.open()
    await soon(paper).toBe('rgb(255, 255, 255)')
    await browsing.page.emulateMedia({ colorScheme: 'dark' })
    await soon(paper).toBe('rgb(20, 24, 29)')
    await browsing.page.click('#theme')
    await soon(paper).toBe('rgb(255, 255, 255)')
  })

  test('groups spans under a missing parent with its known details', async () => {
    await at.open(traces['missing-parents']!())
    await soon(at.labels).toContain('┄ span 0000000000627579 is not stored')
    await soon(() => browsing.page.locator('#facts .warning').textContent()).toBe('incomplete')
    await at.rowOf('span 0000000000627579').click()
    const said = soon(() => browsing.page.textContent('#detail'))
    await said.toContain('4 spans name it as parent')
    await said.toContain('product bought')
  })

  test('shows cycles of parents and the links of a span', async () => {
    await at.open(traces.cycle!())
    await at.rowOf('↻ first of three').click()
    await soon(() => browsing.page.textContent('#detail .warning')).toContain(
      'is one of its descendants',
    )
    await at.open(traces.linked!())
    await at.rowOf('nightly').click()
    await soon(() => browsing.page.textContent('#detail')).toContain('messaging.message.id=77')
  })

  test('names the service if it differs from the caller’s', async () => {
    await at.open(traces['two-services']!())
    await soon(() => browsing.page.textContent('#services')).toBe('traffic 1shop 15')
    await soon(() => browsing.page.locator('.service').allTextContents()).toEqual([
      'traffic',
      'shop',
    ])
  })

  test('names an HTTP client by its server, and lists events in order', async () => {
    const asked = { kind: 'client', http_status: 200 }
    const call = (id: string, host: string, at: number) =>
      row(id, 'root', 'GET', {
        ...asked,
        at,
        took: 1 * MS,
        attributes: { 'url.full': `https://${host}/items/${id}`, 'exception.message': 'refused' },
        events: [[at, 'sent', {}]],
      })
    await at.open([
      row('root', '', 'page', { at: 0, took: 20 * MS }),
      call('a', 'stock.example', 1 * MS),
      ...['1', '2', '3', '4'].map((id, i) => call(id, 'prices.example', (3 + i) * MS)),
    ])
    await soon(async () => (await at.labels()).slice(0, 3)).toEqual([
      'page',
      'GET stock.example/items/a 200',
      'GET prices.example 200 ×4',
    ])
    await at.rowOf('GET stock.example').click()
    await soon(() => browsing.page.locator('#detail section > pre').allTextContents()).toEqual([
      '✗ refused',
      '• +1.00 ms sent',
    ])
  })

  test('escapes markup in spans', async () => {
    const name = '</script><img src=x onerror=alert(1)>{{data}}'
    await at.open([row('a', '', name, { at: 0, took: 5, attributes: { '<b>': '<!--' } })])
    await soon(async () => (await at.labels())[0]).toBe(name)
    expect(browsing.complaints).toEqual([])
  })

  test('keeps names, values and depths of any length and script within the page', async () => {
    const long = 'com.example.'.repeat(30)
    const attributes = {
      long: 'x'.repeat(200),
      キー: '値 مرحبا',
      empty: '',
      lines: 'one\n\ttwo',
      '\u202e': '\u001b[31m',
    }
    const rows = [
      row('a', '', long, { at: 0, took: 9 * MS, http_status: 503, is_error: true }),
      row('b', 'a', '', { at: 1 * MS, took: 1 * MS }),
      row('c', 'a', '注文を処理する\u001b[2J', {
        at: 3 * MS,
        took: 5 * MS,
        service: '',
        attributes,
      }),
    ]
    for (let i = 0; i < 60; i++) {
      rows.push(row(`d${i}`, i ? `d${i - 1}` : 'c', `level ${i}`, { at: 4 * MS, took: 1 * MS }))
    }
    await at.open(rows, 800, 600)
    await soon(async () => (await at.labels()).slice(0, 3)).toEqual([
      `✗ ${long} 503`,
      '(no name)',
      '注文を処理する\\x1b[2J',
    ])
    const status = await at.box('.row .text .error')
    expect(status.x + status.width).toBeLessThanOrEqual((await at.box('.row .took')).x)
    await at.rowOf('注文を処理する').click()
    await soon(() => browsing.page.locator('#detail td').allTextContents()).toEqual(
      expect.arrayContaining(['x'.repeat(200), '値 مرحبا', '(empty)', 'one\n\ttwo']),
    )
    await soon(() => browsing.page.textContent('#detail')).toContain('\\u202e\\x1b[31m')
    await soon(() => browsing.page.evaluate('document.documentElement.scrollWidth')).toBe(800)
    const detail = 'document.getElementById("detail")'
    await soon(() => browsing.page.evaluate(`${detail}.scrollWidth <= ${detail}.clientWidth`)).toBe(
      true,
    )
    await browsing.page.keyboard.press('Escape')
    await browsing.page.keyboard.press('End')
    await browsing.page.keyboard.press('k')
    await soon(at.chosen).toBe('level 59')
    const deepest = (await browsing.page.locator('.row[aria-selected=true] .text').boundingBox())!
    expect(deepest.width).toBeGreaterThan(30)
  })

  test('formats durations as the terminal does', async () => {
    const lengths = [
      2e14, 7_300e9, 3_599e9, 61e9, 59_990_000_000, 1_234_567, 999_500, 1000, 999, 1, 0,
    ]
    await at.open(lengths.map((took, i) => row(`s${i}`, '', `span ${i}`, { at: i, took })))
    await soon(() => browsing.page.locator('.row .took').allTextContents()).toEqual(
      lengths.map((ns) => formatUnit(ns, 'ns')),
    )
  })

  test('keeps few rows in the page of 10,000 spans, to the last of them', async () => {
    await at.open(large(10_000))
    await browsing.page.click('#expand')
    await browsing.page.keyboard.press('End')
    await browsing.page.keyboard.press('k')
    await soon(at.chosen).toBe('UPDATE shop.products')
    await soon(() => browsing.page.locator('.row').count()).toBeLessThan(60)
    // Two rows more than spans: the fold they were in, and the logs.
    await soon(at.height).toBe(10_002 * 24)
  })
})

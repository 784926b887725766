/** Keyboard and pointer in the page of `otrace trace --html`, in headless Chromium. */
import { expect, test } from 'vitest'
import { inChromium, soon } from './browser.ts'
import { large, traces } from './golden/trace/traces.ts'
import { tracePageIn } from './trace-page.ts'

inChromium('moves about the trace page in Chromium', (browsing) => {
  const at = tracePageIn(browsing)

  test('keeps the chosen row in view above the panel, and scrolls the panel by keys', async () => {
    await at.open(traces.purchase!(), 800, 500)
    await browsing.page.keyboard.press('End')
    await soon(at.chosen).toBe('≡ 1 log record of no stored span')
    await browsing.page.keyboard.press('Enter')
    await soon(() => browsing.page.textContent('#detail')).toContain('WARN slow disk')
    const foot = async () => {
      const { y, height } = await at.box('.row[aria-selected=true]')
      return y + height
    }
    const panel = await at.box('#detail')
    await soon(foot).toBeLessThanOrEqual(panel.y)
    await browsing.page.keyboard.press('k')
    await soon(at.chosen).toBe('UPDATE shop.users')
    await soon(foot).toBeLessThanOrEqual(panel.y)
    await browsing.page.keyboard.press('Tab')
    await browsing.page.keyboard.press('End')
    await soon(() =>
      browsing.page.evaluate('document.getElementById("detail").scrollTop'),
    ).toBeGreaterThan(0)
    await soon(at.chosen).toBe('UPDATE shop.users')
  })

  test('collapses and expands the children of a span, by pointer and by key', async () => {
    await at.open()
    await at.rowOf('service_buy_product').locator('.twist').click()
    await soon(at.labels).toHaveLength(8)
    await browsing.page.keyboard.press('ArrowRight')
    await soon(at.labels).toHaveLength(16)
    await browsing.page.keyboard.press('ArrowLeft')
    await browsing.page.keyboard.press('ArrowLeft')
    await soon(at.chosen).toBe('POST /product/{id} 200')
    await browsing.page.keyboard.press('j')
    await soon(at.chosen).toBe('authentication')
    await browsing.page.click('#collapse')
    await soon(at.chosen).toBe('POST /product/{id} 200')
    await soon(at.labels).toHaveLength(2)
  })

  test('shows which row the keys are for', async () => {
    await at.open()
    await browsing.page.keyboard.press('ArrowDown')
    const row = '.row[aria-selected=true]'
    const outline = () =>
      browsing.page.evaluate(`getComputedStyle(document.querySelector('${row}')).outlineStyle`)
    await soon(outline).toBe('solid')
    const named = 'document.getElementById("rows").getAttribute("aria-activedescendant")'
    await soon(() => browsing.page.evaluate(named)).toBe(
      await browsing.page.getAttribute(row, 'id'),
    )
    await browsing.page.keyboard.press('/')
    await soon(outline).toBe('none')
  })

  test('finds spans by name and attribute, and walks through them', async () => {
    await at.open()
    const found = () => browsing.page.textContent('#matches')
    await browsing.page.keyboard.press('/')
    await browsing.page.keyboard.type('product.quantity=1')
    await soon(found).toBe('1 found')
    await browsing.page.fill('#search', 'product bought')
    await soon(found).toBe('1 found')
    await browsing.page.fill('#search', 'repository_')
    await soon(() => browsing.page.locator('.row.match').count()).toBe(5)
    await browsing.page.keyboard.press('Enter')
    await soon(at.chosen).toBe('repository_get_user')
    await browsing.page.keyboard.press('n')
    await soon(at.chosen).toBe('repository_get_product')
    await soon(found).toBe('2 of 5')
    await browsing.page.keyboard.press('N')
    await browsing.page.keyboard.press('N')
    await soon(at.chosen).toBe('repository_update_balance')
    await browsing.page.keyboard.press('Escape')
    await soon(() => browsing.page.locator('.row.match').count()).toBe(0)
    await soon(found).toBe('')
  })

  test('jumps from error to error, and shows where closed rows hide one', async () => {
    await at.open(traces.error!())
    await browsing.page.click('#error')
    await soon(at.chosen).toBe('✗ service_buy_product')
    await browsing.page.keyboard.press('Enter')
    await soon(() => browsing.page.textContent('#detail')).toContain(
      'at buyProduct (service.ts:41:11)',
    )
    const said = await browsing.page.textContent('#detail')
    expect(said!.match(/Insufficient quantity for product/g)).toHaveLength(1)
    await browsing.page.keyboard.press('e')
    await soon(at.chosen).toBe('✗ POST /product/{id} 500')
    await browsing.page.keyboard.press('ArrowLeft')
    await soon(() => browsing.page.textContent('.below.error')).toBe('✗ 1')
    await at.open()
    await soon(() => browsing.page.isDisabled('#error')).toBe(true)
  })

  test('zooms to a span and back, by key, button, wheel, and drag on the map', async () => {
    await at.open()
    await at.rowOf('service_buy_product').click()
    await browsing.page.keyboard.press('z')
    await soon(at.axis).toEqual(['10 ms', '15 ms', '20 ms', '25 ms', '30 ms'])
    await browsing.page.keyboard.press('0')
    await soon(at.firstTick).toBe('0')
    const map = await at.box('#map')
    const drag = async (from: number, to: number) => {
      await browsing.page.mouse.move(map.x + from, map.y + 10)
      await browsing.page.mouse.down()
      await browsing.page.mouse.move(map.x + to, map.y + 10, { steps: 4 })
      await browsing.page.mouse.up()
    }
    await drag(map.width / 2, map.width / 2 + 2)
    await soon(at.firstTick).toBe('0')
    await drag(map.width / 2, map.width - 1)
    await soon(at.firstTick).toBe('20 ms')
    await browsing.page.click('#reset')
    await browsing.page.mouse.move(map.x + map.width / 2, map.y + 100)
    await browsing.page.keyboard.down('Control')
    for (let i = 0; i < 6; i++) await browsing.page.mouse.wheel(0, -100)
    await browsing.page.keyboard.up('Control')
    await soon(async () => Number.parseFloat(await at.firstTick())).toBeGreaterThan(10)
    await browsing.page.click('#out')
    await browsing.page.keyboard.press('0')
    await browsing.page.click('#in')
    await browsing.page.keyboard.press('l')
    await soon(async () => Number.parseFloat(await at.firstTick())).toBeGreaterThan(10)
  })

  test('has distinct times on the axis at every zoom level', async () => {
    await at.open()
    await at.rowOf('connect').click()
    for (let i = 0; i < 25; i++) await browsing.page.keyboard.press('+')
    await soon(at.firstTick).toMatch(/^15\.\d{4,} ms$/)
    const texts = await at.axis()
    expect(texts.length).toBeGreaterThan(1)
    expect(new Set(texts).size).toBe(texts.length)
  })

  test('divides the width between names and bars by key or pointer', async () => {
    await at.open()
    const before = await at.box('.row .bars')
    await browsing.page.keyboard.press(']')
    await soon(async () => (await at.box('.row .bars')).x).toBeGreaterThan(before.x + 40)
    const divider = await at.box('#divider')
    await browsing.page.mouse.move(divider.x + 3, divider.y + 100)
    await browsing.page.mouse.down()
    await browsing.page.mouse.move(400, divider.y + 100)
    await browsing.page.mouse.up()
    await soon(async () => Math.round((await at.box('.row .bars')).x)).toBe(400)
    const apart = async () => (await at.box('#axis')).x - (await at.box('.row .bars')).x
    await soon(apart).toBe(0)
  })

  test('folds similar spans and expands them', async () => {
    await at.open(traces['n-plus-one']!())
    await soon(at.labels).toContain('load_item ×24')
    await browsing.page.fill('#search', 'FROM products')
    await soon(() => at.rowOf('load_item ×24').locator('.below.found').count()).toBe(1)
    await at.rowOf('load_item ×24').click()
    // The logs are of spans that this trace does not have.
    await soon(at.height).toBe((6 + 24) * 24)
    const items = async () => (await at.labels()).filter((one) => one === 'load_item')
    await soon(async () => (await items()).length).toBeGreaterThan(10)
    await soon(() => browsing.page.textContent('#findings')).toContain(
      'N+1: SELECT shop.products ×24',
    )
    await browsing.page.keyboard.press('Enter')
    await soon(() => browsing.page.textContent('#detail')).toContain('together52.8 ms')
  })

  test('shows each span of a fold that is in view', async () => {
    await at.open(large(10_001))
    // A fortieth of each pixel is its own.
    await soon(() => at.bars('POST /import', 'i', 1)).toHaveLength(1)
    await soon(() => at.bars('POST /import', 'b', 1)).toEqual([])
    await at.rowOf('import_item ×2,500').click()
    await browsing.page.keyboard.press('ArrowDown')
    for (let i = 0; i < 4; i++) await browsing.page.keyboard.press('ArrowDown')
    await browsing.page.keyboard.press('z')
    for (let i = 0; i < 4; i++) await browsing.page.keyboard.press('-')
    const inView = async (text: string) => (await at.bars(text, 'i', 1)).length
    // One every 40 µs, and 1 µs between them: about 7.7 spans fill a view of 39 µs / 0.6⁴.
    await soon(() => inView('import_item ×2,500')).toBeGreaterThanOrEqual(7)
    await soon(() => inView('import_item ×2,500')).toBeLessThanOrEqual(9)
  })
})

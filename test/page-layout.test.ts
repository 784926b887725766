/** Boxes of the trace page in headless Chromium, at the widths of screens. */
import { expect, test } from 'vitest'
import { inChromium } from './browser.ts'
import { traces } from './golden/trace/traces.ts'
import { tracePageIn } from './trace-page.ts'

/** Visible texts of the page and their boxes, cut as what they are in cuts them; and boxes of what is drawn. */
const LAYOUT = `(() => {
  const shown = (element) => {
    let { left, top, right, bottom } = element.getBoundingClientRect()
    for (let at = element; at && at !== document.body; at = at.parentElement) {
      const style = getComputedStyle(at)
      if (style.visibility === 'hidden' || style.opacity === '0') return undefined
      if (at === element || style.overflow === 'visible') continue
      const box = at.getBoundingClientRect()
      left = Math.max(left, box.left)
      top = Math.max(top, box.top)
      right = Math.min(right, box.right)
      bottom = Math.min(bottom, box.bottom)
    }
    if (bottom > innerHeight) bottom = innerHeight
    return right - left > 1 && bottom - top > 1 ? { left, top, right, bottom } : undefined
  }
  const boxes = (selector) =>
    [...document.querySelectorAll(selector)].flatMap((element) => {
      const box = shown(element)
      return box ? [{ text: element.textContent.trim(), ...box }] : []
    })
  return {
    leaves: [...document.querySelectorAll('body *')].filter((element) =>
      element.children.length === 0 && element.textContent.trim() !== '' &&
      !['SCRIPT', 'STYLE', 'OPTION', 'TEMPLATE'].includes(element.tagName)).flatMap((element) => {
        const box = shown(element)
        return box ? [{ text: element.textContent.trim(), ...box }] : []
      }),
    bars: boxes('.row .bars i').length,
    rows: boxes('.row'),
    wider: document.documentElement.scrollWidth - innerWidth,
    headWider: document.querySelector('header').scrollWidth - document.querySelector('header').clientWidth,
  }
})()`

interface Box {
  text: string
  left: number
  top: number
  right: number
  bottom: number
}

const SHOWN = ['two-services', 'purchase', 'error', 'n-plus-one', 'missing-parents']

inChromium('the layout of the trace page', (browsing) => {
  const at = tracePageIn(browsing)

  // All at the widths that have the most and the least room.
  test.each([
    [1400, SHOWN],
    [1000, SHOWN.slice(0, 2)],
    [700, SHOWN.slice(0, 2)],
    [390, SHOWN],
  ])('has no text upon another, and a bar in each row: %i px', async (width, names) => {
    for (const name of names) {
      const rows = traces[name]!()
      // Names without a place for a break, which the critical path has too.
      if (name === 'two-services') {
        for (const each of rows.slice(1)) each.name += '/{segment}'.repeat(12)
      }
      await at.open(rows, width, 700)
      const layout = (await browsing.page.evaluate(LAYOUT)) as {
        leaves: Box[]
        rows: Box[]
        bars: number
        wider: number
        headWider: number
      }
      const { leaves, rows: drawn, bars, wider, headWider } = layout
      const overlaps = leaves.flatMap((one, i) =>
        leaves.slice(i + 1).flatMap((other) => {
          const across = Math.min(one.right, other.right) - Math.max(one.left, other.left)
          const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top)
          return across > 1 && down > 1 ? [`${one.text} | ${other.text}`] : []
        }),
      )
      expect(overlaps, name).toEqual([])
      expect(leaves.length, name).toBeGreaterThan(drawn.length)
      expect(drawn.length, name).toBeGreaterThan(3)
      expect(bars, name).toBeGreaterThanOrEqual(drawn.length - 2)
      expect(wider, name).toBeLessThanOrEqual(0)
      expect(headWider, name).toBeLessThanOrEqual(0)
      // Names can be read on a phone, too.
      const { width: room } = (await browsing.page.locator('.row .label').first().boundingBox())!
      expect(room, name).toBeGreaterThan(width < 640 ? 130 : width * 0.2)
    }
  })
})

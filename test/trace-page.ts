/** The page of `otrace trace --html` in a browser, and what its tests look at. */
import { readTemplate } from '../cli/pages.ts'
import { tracePage } from '../cli/trace/page.ts'
import { buildTrace } from '../cli/trace/tree.ts'
import type { Browsing } from './browser.ts'
import { logs, traces } from './golden/trace/traces.ts'

/** All that is read off the page is read anew each time. */
export function tracePageIn({ page, open }: Browsing) {
  const axis = () => page.locator('#axis span').allTextContents()
  const rowOf = (text: string) => page.locator('.row', { hasText: text }).first()
  const box = async (selector: string) => (await page.locator(selector).first().boundingBox())!
  return {
    /** Goes to the page of a trace, of a purchase unless rows are given. */
    async open(rows = traces.purchase!(), width = 1200, height = 700) {
      await page.setViewportSize({ width, height })
      await open(tracePage(buildTrace(rows), logs, readTemplate('trace'), 'UTC'))
      await page.waitForSelector('.row')
    },
    axis,
    firstTick: async () => (await axis())[0]!,
    rowOf,
    box,
    labels: () => page.locator('.row .text').allTextContents(),
    chosen: () => page.locator('.row[aria-selected=true] .text').textContent(),
    /** Of all rows, in px. */
    height: () => page.evaluate('document.getElementById("space").clientHeight'),
    /** `[left, width]` of the bars of a row, in ns, of a trace that takes `duration` and is all in view. */
    async bars(text: string, tag: 'i' | 'b', duration: number) {
      const whole = await box('#axis')
      const found = []
      for (const bar of await rowOf(text).locator(`.bars ${tag}`).all()) {
        const { x, width } = (await bar.boundingBox())!
        found.push([x - whole.x, width].map((px) => (px / whole.width) * duration))
      }
      return found
    },
  }
}

/** The page of `otrace trace --html` in a browser, and the parts under test. */
import { readTemplate } from '../cli/output/html-file.ts'
import { tracePage } from '../cli/trace/export/html.ts'
import { buildTrace } from '../cli/trace/model/build.ts'
import type { Browsing } from './browser.ts'
import { logs, traces } from './golden/trace/traces.ts'

/** All that is read off the page is read anew each time. */
export function tracePageIn(browsing: Browsing) {
  const axis = () => browsing.page.locator('#axis span').allTextContents()
  const rowOf = (text: string) => browsing.page.locator('.row', { hasText: text }).first()
  const box = async (selector: string) =>
    (await browsing.page.locator(selector).first().boundingBox())!
  return {
    /** Goes to the page of a trace, of a purchase unless rows are given. */
    async open(rows = traces.purchase!(), width = 1200, height = 700) {
      await browsing.page.setViewportSize({ width, height })
      await browsing.open(tracePage(buildTrace(rows), logs, readTemplate('trace'), 'UTC'))
      await browsing.page.waitForSelector('.row')
    },
    axis,
    firstTick: async () => (await axis())[0]!,
    rowOf,
    box,
    labels: () => browsing.page.locator('.row .text').allTextContents(),
    chosen: () => browsing.page.locator('.row[aria-selected=true] .text').textContent(),
    /** Height of all rows, in px. */
    height: () => browsing.page.evaluate('document.getElementById("space").clientHeight'),
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

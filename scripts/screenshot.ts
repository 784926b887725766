/** A screenshot of a trace's page, where a Chromium is installed. */
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { packageRoot } from '../package.ts'
import { executablePath } from '../test/chromium.ts'
import { temporaryFolder } from '../test/folder.ts'
import { otrace } from '../test/otrace.ts'
import { RECORDED_UNTIL, startRecorded } from '../test/recording.ts'

/** Writes `docs/pictures/trace-page.png`. Its bytes depend on the fonts of the machine, so no test compares them. */
export async function takeScreenshot(): Promise<void> {
  if (!executablePath) return
  const { chromium } = await import('playwright-core')
  const folder = temporaryFolder()
  const data = join(folder.path, 'data')
  const page = join(folder.path, 'trace.html')
  const collector = await startRecorded(data)
  const env = { OTRACE_DATA: data, OTRACE_NOW: RECORDED_UNTIL }
  await otrace(['trace', '--slowest', '--html', page], { env })
  await collector.stop()
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  const tab = await browser.newPage({ viewport: { width: 1200, height: 760 } })
  await tab.goto(pathToFileURL(page).href)
  const path = fileURLToPath(new URL('docs/pictures/trace-page.png', packageRoot))
  await tab.screenshot({ path })
  await browser.close()
  folder.remove()
}

/** A headless Chromium that records the errors, messages and requests of a page. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { writePage } from '../cli/output/html-file.ts'
import { executablePath } from './chromium.ts'
import { removeFolder } from './folder.ts'

/** Of each step, in milliseconds: Playwright's own 30 s are few on a busy machine. */
const timeout = 120_000

/** Polls a value of the page. */
export function soon<T>(read: () => T | Promise<T>) {
  return expect.poll(read)
}

export interface Browsing {
  page: Page
  /** Errors, messages and requests since the last `open`. */
  complaints: string[]
  /** Writes a page and opens it. */
  open(pieces: Iterable<string>): Promise<void>
  close(): Promise<void>
}

async function browse(): Promise<Browsing> {
  const folder = mkdtempSync(join(tmpdir(), 'otrace-page-'))
  const args = ['--no-sandbox']
  const browser = await chromium.launch({ executablePath: executablePath!, args, timeout })
  const page = await browser.newPage({ viewport: { width: 1200, height: 700 } })
  page.setDefaultTimeout(timeout)
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => complaints.push(message.text()))
  page.on('request', (request) => {
    if (!request.url().startsWith('file:')) complaints.push(`requested ${request.url()}`)
  })
  return {
    page,
    complaints,
    async open(pieces) {
      const file = join(folder, 'page.html')
      await writePage(file, pieces)
      complaints.length = 0
      await page.goto(pathToFileURL(file).href)
    },
    async close() {
      await browser.close()
      removeFolder(folder)
    },
  }
}

/** Runs tests in one browser. Skips them if Chromium is not installed. */
export function inChromium(title: string, tests: (browsing: Browsing) => void): void {
  describe.skipIf(!executablePath)(`${title} (needs Chromium)`, () => {
    const browsing = {} as Browsing
    beforeAll(async () => {
      Object.assign(browsing, await browse())
    })
    afterAll(() => browsing.close?.())
    tests(browsing)
  })
}

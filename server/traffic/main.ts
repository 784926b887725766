/** The process `shop-traffic`: sends requests to a shop and prints a JSON summary. */
import { parseArgs } from 'node:util'

const FAILED = 1
const USAGE = 2

const OPTIONS = {
  url: { type: 'string', default: 'http://127.0.0.1:8000' },
  seed: { type: 'string', default: '1' },
  rate: { type: 'string', default: '50' },
  duration: { type: 'string', default: '10' },
} as const

const HINT =
  'traffic/main.js --url http://127.0.0.1:8000 --seed 1 --rate 50 --duration 10 (requests per second, seconds)'

const options = readOptions()
// Imported here because the SDK and undici take longest to load, and a refusal needs none.
const { startTelemetry } = await import('../telemetry/telemetry.ts')
const { drive } = await import('./drive.ts')
const telemetry = startTelemetry('shop-traffic')
const stop = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT', 'disconnect']) process.on(signal, () => stop.abort())

const summary = await drive({
  ...options,
  signal: stop.signal,
  onProgress: (progress) => {
    if (process.connected) process.send?.({ event: 'progress', ...progress })
  },
})
await telemetry.stop()
const code = summary.answered > 0 || summary.requests === 0 ? 0 : FAILED
// Exits even if an exporter is still retrying a collector that is down.
process.stdout.write(`${JSON.stringify(summary)}\n`, () => process.exit(code))

function readOptions() {
  try {
    const { values } = parseArgs({ options: OPTIONS })
    return {
      url: readUrl(values.url),
      seed: readNumber('seed', values.seed),
      rate: readNumber('rate', values.rate),
      durationMs: readNumber('duration', values.duration) * 1000,
    }
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n  ${HINT}\n`)
    process.exit(USAGE)
  }
}

function readUrl(text: string): string {
  if (URL.canParse(text) && /^https?:/.test(text)) return new URL(text).origin
  throw new RangeError(`--url is not an http URL: "${text}"`)
}

function readNumber(name: keyof typeof OPTIONS, text: string): number {
  const number = Number(text)
  if (text.trim() !== '' && Number.isFinite(number) && number >= 0) return number
  throw new RangeError(`--${name} is not a number from 0: "${text}"`)
}

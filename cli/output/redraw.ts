/** Frames at a period: redrawn in place on a terminal, one below the other elsewhere. */

import { Writable } from 'node:stream'
import { EXIT } from '../errors.ts'
import { cut, textWidth, wrap } from '../render/text.ts'
import { followKeys, scrolled } from './keys.ts'
import { openScreen, type Terminal } from './live-screen.ts'
import { write } from './output.ts'
import type { Surroundings } from './process.ts'
import { unstyled } from './sgr.ts'

/** What a command wrote, beside its notes. */
export interface Output {
  stdout: string
  exit: number
}

export interface Repetition {
  /** The command, for the first line. */
  title: string
  /** Milliseconds between the starts of two frames. */
  every: number
  /** Frames to draw; undefined for all until ctrl-C. */
  count?: number | undefined
  /** Runs the command once for a terminal of this width; notes are seen at once, if it takes long. */
  run(width: number | undefined, stderr: Surroundings['stderr']): Promise<Output>
  /** The time of day, for the first line. */
  clock(): string
}

/** A screen that does not change looks like a hang after so many milliseconds. */
const QUIET_MS = 1000

/** Exit codes that end it at the first frame: the next would have them, too. */
const ENDS: readonly number[] = [EXIT.usage, EXIT.noStore, EXIT.refused]

/**
 * Draws until ctrl-C, `q` or `count` frames; what does not fit is scrolled to. A command that fails keeps its last
 * output on the screen, with the error above, unless the first frame has no store, or is refused.
 * @returns the exit code of the last run; that of ctrl-C is 0
 */
export async function repeat(
  { title, every, count = Number.POSITIVE_INFINITY, run, clock }: Repetition,
  { env, stdin, stdout, stderr }: Surroundings,
  signal: AbortSignal,
): Promise<number> {
  if (!stdout.isTTY || env.TERM === 'dumb') return plainFrames()
  let awake = () => {}
  let again = false
  const screen = openScreen(stdout as Terminal, env, () => {
    again = true
    // The next frame may take seconds.
    if (known) draw()
    awake()
  })
  let good: string[] = []
  let drawn = new Set<number>()
  let known: Set<string> | undefined
  let before: Set<string> | undefined
  let last: Output = { stdout: '', exit: 0 }
  let left = ''
  let heading: string[] = []
  let first = 0
  let ended = false
  let running = false
  const isKeyed = Boolean(stdin.isTTY)
  const room = () => Math.max(1, screen.size().height - heading.length)
  /** Lines of the output that fit, beside the one that says what does not. */
  const fitting = () => (good.length > room() ? room() - 1 : good.length)
  const draw = () => {
    first = Math.max(0, Math.min(first, good.length - fitting()))
    const plain = (text: string) => ({ text, marked: false })
    const shown = good.slice(first, first + fitting())
    const isNew = (text: string) => before !== undefined && !before.has(text)
    screen.draw({
      lines: [
        ...heading.map(plain),
        ...shown.map((text, i) => ({ text, marked: isNew(text) && !drawn.has(first + i) })),
        ...(shown.length < good.length
          ? [plain(restOf(good.length, first, shown.length, isKeyed, screen.size().width))]
          : []),
      ],
    })
  }
  const closeKeys = followKeys(stdin, (action) => {
    if (action === 'quit') {
      ended = true
      // Cancels the statement, as ctrl-C does.
      if (running) process.kill(process.pid, 'SIGINT')
      awake()
      return
    }
    first = scrolled(first, action, good.length, fitting())
    if (known) draw()
  })
  let notes: Notes | undefined
  // A frame does not wrap, so that the end of a longer line would be lost.
  const fitted = (text: string) => linesOf(text).flatMap((line) => wrap(line, screen.size().width))
  const tell = (text: string) => {
    if (known && text === '') return
    const waiting = cut(`${title} · waiting for the first output`, screen.size().width)
    heading = [known ? heading[0]! : waiting, ...fitted(text)]
    draw()
  }
  try {
    for (let frame = 1; !signal.aborted && !ended; frame++) {
      const start = performance.now()
      // In another width, every line is another.
      const isOther = again
      again = false
      running = true
      const { width } = screen.size()
      notes = openNotes(width, tell)
      last = await run(width, notes.stream)
      const said = notes.end()
      running = false
      if (signal.aborted || ended) break
      if (ENDS.includes(last.exit) && known === undefined) {
        left = said
        return last.exit
      }
      if (last.stdout !== '' || last.exit === 0) good = linesOf(last.stdout)
      drawn = chartLines(good)
      const now = ` · ${clock()}`
      const short = cut(title, screen.size().width - now.length)
      heading = [short + now, ...fitted(said)]
      before = isOther ? undefined : known
      known = new Set(good)
      draw()
      if (frame >= count) break
      if (again) frame--
      else
        await pause(every - (performance.now() - start), signal, (wake) => {
          awake = wake
        })
    }
  } finally {
    notes?.end()
    closeKeys()
    screen.close()
    // The last frame stays in the scrollback of the terminal.
    if (good.length > 0) stdout.write(`${good.join('\n')}\n`)
    if (left !== '') stderr.write(left)
  }
  return signal.aborted || ended ? 0 : last.exit

  async function plainFrames(): Promise<number> {
    let exit = 0
    for (let frame = 1; !signal.aborted; frame++) {
      const start = performance.now()
      let shown = 0
      const show = (text: string) => {
        stderr.write(text.slice(shown))
        shown = text.length
      }
      const notes = openNotes(undefined, show)
      const { stdout: text, exit: code } = await run(undefined, notes.stream)
      exit = code
      await write(stdout, text)
      show(notes.end())
      if ((frame === 1 && ENDS.includes(code)) || frame >= count) break
      await pause(every - (performance.now() - start), signal, () => {})
    }
    return signal.aborted ? 0 : exit
  }
}

interface Notes {
  stream: Surroundings['stderr']
  /** Shows no more, and returns what was said. */
  end(): string
}

/**
 * A stderr whose notes are shown below the output, or at once where the frame takes long.
 * @param show gets what was said so far
 */
function openNotes(columns: number | undefined, show: (text: string) => void): Notes {
  let said = ''
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    show(said)
  }, QUIET_MS)
  const stream = new Writable({
    decodeStrings: false,
    write(part: string | Buffer, _, done) {
      said += part
      if (isLate) show(said)
      done()
    },
  })
  const end = () => {
    clearTimeout(timer)
    isLate = false
    return said
  }
  return { stream: columns === undefined ? stream : Object.assign(stream, { columns }), end }
}

/** The lines of charts over time, as indexes: they move on in every frame, so marks would say nothing. */
export function chartLines(lines: readonly string[]): Set<number> {
  const found = new Set<number>()
  const texts = lines.map(unstyled)
  for (const [i, text] of texts.entries()) {
    for (const { index } of text.matchAll(/└[─┬╌]{10,}/g)) {
      // The times below the axis.
      for (const each of [i, i + 1]) found.add(each)
      for (let up = i - 1; /[│┤]/.test(texts[up]?.[index] ?? ''); up--) found.add(up)
    }
  }
  return found
}

/** What is above and below the lines that are shown, and how to get there, as far as that fits. */
export function restOf(
  count: number,
  first: number,
  shown: number,
  isKeyed: boolean,
  width: number,
): string {
  const below = count - first - shown
  const rest = [
    ...(first > 0 ? [`${first} more above`] : []),
    ...(below > 0 ? [`${below} more lines${first > 0 ? ' below' : ''}`] : []),
  ].join(', ')
  const keys = isKeyed ? [' · j, k and space scroll, q ends', ' · q ends'] : []
  const texts = [...keys, ''].map((hint) => `… ${rest}${hint}`)
  return texts.find((text) => textWidth(text) <= width) ?? cut(texts.at(-1)!, width)
}

const linesOf = (text: string) => (text === '' ? [] : text.replace(/\n$/, '').split('\n'))

/** Ends early at an abort, and when woken. */
function pause(ms: number, signal: AbortSignal, wakeable: (wake: () => void) => void) {
  return new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, Math.max(0, ms))
    signal.addEventListener('abort', done, { once: true })
    wakeable(done)
  })
}

/** A terminal that is redrawn in place, and left as it was found. */
import { writeSync } from 'node:fs'
import { textWidth } from '../render/text.ts'
import { inAscii, isAsciiLocale } from './ascii.ts'
import type { Surroundings } from './process.ts'
import { unstyled } from './sgr.ts'

export type Terminal = Surroundings['stdout'] & { rows?: number; fd?: number }

/** A frame from top to bottom; the marked lines are new. */
export interface LiveFrame {
  lines: { text: string; marked: boolean }[]
}

export interface LiveScreen {
  draw(frame: LiveFrame): void
  /** Columns and rows of a frame. */
  size(): { width: number; height: number }
  /** Restores the terminal; the screen before it comes back. */
  close(): void
}

const CSI = '\x1b['
/**
 * The alternate screen, without a cursor and without wrapping: https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
 */
const ENTER = `${CSI}?1049h${CSI}?25l${CSI}?7l${CSI}H${CSI}2J`
const LEAVE = `${CSI}?7h${CSI}?25h${CSI}?1049l`
/** Synchronized output: a terminal shows the frame at once. Others ignore it. */
const [BEGIN, END] = [`${CSI}?2026h`, `${CSI}?2026l`]
/** Bold and not coloured: seen on light terminals, and with NO_COLOR. */
const MARK = '▎'
/** Exit codes of shells: 128 and the signal's number. */
const SIGNALS = { SIGTERM: 143, SIGHUP: 129 } as const

let current: (() => void) | undefined

/** Restores the terminal where it is taken, before an error is written: the alternate screen is not kept. */
export const leaveScreen = () => current?.()

/**
 * Takes the terminal. It is restored at the end of the process, whatever ends it, except SIGKILL.
 * @param onResize called 50 ms after the last change of size, when all is to be drawn again
 */
export function openScreen(
  stdout: Terminal,
  env: NodeJS.ProcessEnv,
  onResize: () => void,
): LiveScreen {
  const isAscii = isAsciiLocale(env)
  let shown: string[] = []
  let open = true
  let resized: NodeJS.Timeout | undefined
  const close = () => {
    if (!open) return
    open = false
    current = undefined
    clearTimeout(resized)
    stdout.off('resize', resize)
    process.off('exit', close)
    process.off('SIGTSTP', suspend)
    process.off('SIGCONT', resume)
    for (const [signal, end] of ends) process.off(signal, end)
    put(LEAVE)
  }
  // Synchronous: the process may end before a stream is flushed.
  const put = (text: string) => {
    try {
      if (stdout.fd === undefined) stdout.write(text)
      else writeSync(stdout.fd, isAscii ? inAscii(text) : text)
    } catch {
      stdout.write(text)
    }
  }
  const resize = () => {
    clearTimeout(resized)
    resized = setTimeout(() => {
      shown = []
      put(`${CSI}2J`)
      onResize()
    }, 50)
  }
  const suspend = () => {
    put(LEAVE)
    process.kill(process.pid, 'SIGSTOP')
  }
  const resume = () => {
    shown = []
    put(ENTER)
    onResize()
  }
  const ends = Object.entries(SIGNALS).map(
    ([signal, code]) => [signal as NodeJS.Signals, () => process.exit(code)] as const,
  )
  stdout.on('resize', resize)
  process.on('exit', close)
  process.on('SIGTSTP', suspend)
  process.on('SIGCONT', resume)
  for (const [signal, end] of ends) process.on(signal, end)
  put(ENTER)
  current = close

  const size = () => ({ width: Math.max(30, stdout.columns || 80) - 1, height: stdout.rows || 24 })
  return {
    size,
    close,
    draw({ lines }) {
      if (!open) return
      const { width, height } = size()
      const wanted = lines.slice(0, height).map(({ text, marked }) => {
        // Without wrapping, the end of a longer line is written over its last character.
        const end = textWidth(unstyled(text)) > width ? `${CSI}0m${CSI}${width + 1}G…` : ''
        return `${marked ? `${CSI}1m${MARK}${CSI}0m` : ' '}${text}${end}`
      })
      // Erased first: after a line of the whole width, the cursor stands on its last character.
      const changes = wanted.flatMap((line, i) =>
        line === shown[i] ? [] : [`${CSI}${i + 1};1H${CSI}K${line}${CSI}0m`],
      )
      if (wanted.length < shown.length) changes.push(`${CSI}${wanted.length + 1};1H${CSI}J`)
      shown = wanted
      if (changes.length > 0) put(BEGIN + changes.join('') + END)
    },
  }
}

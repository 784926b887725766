/** Screens and times for the golden tests of the renderers. */
import { Chalk } from 'chalk'
import type { Screen } from './renderer.ts'

/** A terminal in Paris, without colour or with sixteen of them. */
export function screen(width: number, level: 0 | 1 = 0): Screen {
  return { width, colour: new Chalk({ level }), timeZone: 'Europe/Paris' }
}

/** The time of the `n`th bucket after noon, UTC. */
export function at(n: number, seconds = 60): string {
  const instant = new Date(Date.UTC(2026, 10, 22, 12) + n * seconds * 1000)
  return instant.toISOString().replace('Z', '000000Z')
}

/** Escapes made visible, so that a golden text can be read. */
export function visible(text: string): string {
  return text.replaceAll('\x1b[', '␛')
}

/** The text without its colours. */
export function plain(text: string): string {
  return text.replace(/\x1b\[\d+m/g, '')
}

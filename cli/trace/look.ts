/** The colours of a trace: one for each service, red for errors, and none of them for the meaning alone; used by `trace`. */
import type { ChalkInstance } from 'chalk'
import type { Trace } from './tree.ts'

export type Paint = (text: string) => string

export interface Look {
  service(name: string): Paint
  error: Paint
  warning: Paint
  faint: Paint
  strong: Paint
}

/** Red and yellow mean something, black and white may be the background. */
const HUES = [
  'cyan',
  'magenta',
  'green',
  'blue',
  'cyanBright',
  'magentaBright',
  'greenBright',
  'blueBright',
] as const

/** Colours for a trace: services take theirs in the order they appear in, and begin anew after eight. */
export function lookOf({ services }: Trace, colour: ChalkInstance): Look {
  const paints = new Map<string, Paint>()
  for (const name of services.keys()) paints.set(name, colour[HUES[paints.size % HUES.length]!])
  return {
    service: (name) => paints.get(name) ?? ((text) => text),
    error: colour.red,
    warning: colour.yellow,
    faint: colour.dim,
    strong: colour.bold,
  }
}

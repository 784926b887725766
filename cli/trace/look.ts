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

/** Colours for a trace. */
export function lookOf({ services }: Trace, colour: ChalkInstance): Look {
  return {
    service: servicePaints(services.keys(), colour),
    error: colour.red,
    warning: colour.yellow,
    faint: colour.dim,
    strong: colour.bold,
  }
}

/** Services take their colours in the order they come in, and begin anew after eight. */
export function servicePaints(
  services: Iterable<string>,
  colour: ChalkInstance,
): (service: string) => Paint {
  const paints = new Map<string, Paint>()
  for (const name of services) paints.set(name, colour[HUES[paints.size % HUES.length]!])
  return (name) => paints.get(name) ?? ((text) => text)
}

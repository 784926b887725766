/** The colours of a trace: one for each service, red for errors, and none of them for the meaning alone; used by `trace`. */
import { Chalk, type ChalkInstance } from 'chalk'
import { type Paint, serviceColours } from '../render/theme.ts'
import type { Trace } from './tree.ts'

export interface Look {
  service(name: string): Paint
  error: Paint
  warning: Paint
  faint: Paint
  strong: Paint
}

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

/** Which of two services gives way where they would share a colour depends on their names, not on which comes first. */
export function servicePaints(
  names: Iterable<string>,
  colour: ChalkInstance,
): (name: string) => Paint {
  return serviceColours([...names].sort(), colour)
}

/** The same colours as numbers, those of SGR: 36 for cyan (ECMA-48, 8.3.117). */
export function serviceHues(names: Iterable<string>): (name: string) => number {
  const paints = servicePaints(names, new Chalk({ level: 1 }))
  return (name) => Number(/\d+/.exec(paints(name)('x'))?.[0])
}

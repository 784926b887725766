/** The colours of a trace: one for each service, red for errors, and none of them for the meaning alone; used by `trace`. */
import type { ChalkInstance } from 'chalk'
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
    service: serviceColours(services.keys(), colour),
    error: colour.red,
    warning: colour.yellow,
    faint: colour.dim,
    strong: colour.bold,
  }
}

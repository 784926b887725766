/** Trace colours. Meaning never depends on colour alone. */
import { Chalk, type ChalkInstance } from 'chalk'
import { type Paint, serviceColours, serviceSlots, theme } from '../../render/theme.ts'
import type { Trace } from '../model/trace.ts'

export interface TraceTheme {
  service(name: string): Paint
  error: Paint
  warning: Paint
  faint: Paint
  strong: Paint
}

/** Colours for a trace. */
export function lookOf({ services }: Trace, colour: ChalkInstance): TraceTheme {
  const { error, warning, dim: faint, strong } = theme(colour)
  return { service: servicePaints(services.keys(), colour), error, warning, faint, strong }
}

/** Which of two services gives way where they would share a colour depends on their names, not on which comes first. */
export function servicePaints(
  names: Iterable<string>,
  colour: ChalkInstance,
): (name: string) => Paint {
  return serviceColours([...names].sort(), colour)
}

/**
 * The same colours as numbers: those of SGR, 36 for cyan (ECMA-48, 8.3.117), and 100 more for each time all were used.
 */
export function serviceHues(names: Iterable<string>): (name: string) => number {
  const sorted = [...names].sort()
  const slots = serviceSlots(sorted)
  const paints = servicePaints(sorted, new Chalk({ level: 1 }))
  return (name) => Number(/\d+/.exec(paints(name)('x'))?.[0]) + 100 * (slots.get(name)?.round ?? 0)
}

/** A flame graph as one self-contained HTML page. */

import { plural } from '../../units/units.ts'
import { page, pageServices } from '../export/html.ts'
import { oneLine } from '../text.ts'
import { type Flame, inOrder } from './flame.ts'

/** The page in pieces. `about` describes the filters and the window. */
export function flamePage(flame: Flame, template: string, about: string): Generator<string> {
  const frames = inOrder(flame.root)
  const services = [...new Set(frames.slice(1).map(({ service }) => service))].sort()
  const at = new Map(frames.map((frame, i) => [frame, i]))
  const data = {
    facts: [about, plural(flame.spans, 'span', 'spans'), plural(flame.traces, 'trace', 'traces')]
      .filter(Boolean)
      .map((text) => ({ text })),
    services: [...pageServices(services).values()],
    frames: frames.map((frame) => ({
      name: oneLine(frame.name) || '(no name)',
      service: services.indexOf(frame.service),
      parent: frame.parent && at.get(frame.parent),
      calls: frame.calls,
      errors: frame.errors,
      self: frame.self,
      total: frame.total,
    })),
  }
  return page(template, 'Flame graph', [JSON.stringify(data)])
}

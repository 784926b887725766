/** A flame graph as one self-contained HTML page; used by `commands/flame.ts`. */
import { type Flame, inOrder } from './flame.ts'
import { page, pageServices, type Template } from './page.ts'
import { oneLine, plural } from './text.ts'

/** The page in pieces. `about` says what was asked for. */
export function flamePage(flame: Flame, template: Template, about: string): Generator<string> {
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

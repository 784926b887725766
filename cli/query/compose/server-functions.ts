/** The library's functions as those of a server: `otrace schema --views` creates them. */
import { resolveConditions } from '../marks.ts'
import { clauses, type Item } from '../prune.ts'
import { bare, placeholders, uncommented } from '../sql-text.ts'
import type { Library } from './source.ts'

const PREFIX = 'otrace_'

/** What functions of the window take after their own arguments, and how they read it. */
const WINDOW: Record<string, { param: string; type: string; read: string }> = {
  from: {
    param: 'window_from',
    type: "DateTime64(9, 'UTC')",
    read: "toDateTime64(window_from, 9, 'UTC')",
  },
  to: {
    param: 'window_to',
    type: "DateTime64(9, 'UTC')",
    read: "toDateTime64(window_to, 9, 'UTC')",
  },
  bucket: { param: 'step', type: 'UInt32', read: 'step' },
}
const PLACE = /\{(from|to|bucket):[^{}]*\}/g

interface Definition {
  name: string
  params: string[]
  body: string
  /** The parts of the window that it reads. */
  window: string[]
}

/** What `CREATE FUNCTION <name> AS (<params>) -> <body>` takes. */
export function serverFunctions(
  library: Library,
): { name: string; params: string[]; body: string }[] {
  const all = definitions(library)
  const ofWindow = all.filter(({ params, window }) => params.length === 0 && window.length > 0)
  return all.map(({ name, params, body, window }) => {
    const placed = body.replace(PLACE, (_, word: string) => WINDOW[word]!.read)
    const whole = ofWindow.reduce(
      (text, { name, window }) => {
        const call = `${PREFIX}${name}(${window.map((word) => WINDOW[word]!.param).join(', ')})`
        return spliced(text, new RegExp(`\\b${name}\\b`, 'g'), () => call)
      },
      callingServer(placed, library),
    )
    const taken = [...params, ...window.map((word) => WINDOW[word]!.param)]
    return { name: PREFIX + name, params: taken, body: whole }
  })
}

/** A library of short definitions: those of the window, by the server's, which take it. */
export function ofServer(library: Library): Library {
  const shown = definitions(library)
    .filter(({ window }) => window.length > 0)
    .map(({ name, params, window }) => {
      const places = window.map((word) => `{${word}:${WINDOW[word]!.type}}`)
      const head = params.length === 0 ? '' : `${params.join(', ')} -> `
      return `${head}${PREFIX}${name}(${[...params, ...places].join(', ')}) AS ${name}`
    })
  return { ...library, functions: `WITH\n${shown.join(',\n')}\nSELECT NULL` }
}

/** The same text with calls of the library's functions as calls of the server's. @param own names that mean others */
export function callingServer(
  sql: string,
  library: Library,
  own: ReadonlySet<string> = new Set(),
): string {
  const names = definitions(library)
    .filter(({ name, window }) => window.length === 0 && !own.has(name))
    .map(({ name }) => name)
  const called = new RegExp(`\\b(?:${names.join('|')})(?=\\()`, 'g')
  return spliced(sql, called, (name) => PREFIX + name)
}

/** Replaces what a pattern finds outside of comments and strings. */
function spliced(sql: string, pattern: RegExp, instead: (found: string) => string): string {
  let out = ''
  let from = 0
  for (const { 0: found, index } of bare(sql).matchAll(pattern)) {
    out += sql.slice(from, index) + instead(found)
    from = index + found.length
  }
  return out + sql.slice(from)
}

function definitions({ functions }: Library): Definition[] {
  const found: Definition[] = []
  for (const item of clauses(functions).definitions) {
    const { params, body } = parsed(item)
    const others = found.filter(({ name }) => item.words.includes(name))
    const read = [...placeholders(body).keys(), ...others.flatMap(({ window }) => window)]
    const window = Object.keys(WINDOW).filter((word) => read.includes(word))
    found.push({ name: item.name, params, body, window })
  }
  return found
}

function parsed({ text, name }: Item): { params: string[]; body: string } {
  const decided = uncommented(resolveConditions(text, { hourly: false, weighted: true }))
    .replace(/\n\s*(?=\n)/g, '')
    .trim()
  const body = decided.slice(0, decided.lastIndexOf(` AS ${name}`))
  const [head = '', several, one] = /^(?:\(([\w\s,]+)\)|(\w+))\s*->\s*/.exec(body) ?? []
  return { params: (several ?? one)?.split(/,\s*/) ?? [], body: body.slice(head.length) }
}

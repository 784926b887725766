/** YAML values with line and column. */
import {
  type ErrorCode,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
} from 'yaml'
import { usage } from '../../errors.ts'
import { didYouMean } from '../../query/did-you-mean.ts'

/** A value and its place. */
export interface Placed {
  value: unknown
  /** For messages: `checks.yaml:4:7`. */
  at: string
  line: number
  column: number
  /** The items of a list. */
  items?: Placed[]
  /** The entries of a map: key → value and the key's place. */
  entries?: Map<string, { key: Placed; value: Placed }>
}

/** Values of a file, each alias counted as the values that it repeats. */
const MOST_VALUES = 100_000

/** @throws OtraceError (exit 2) with line and column for malformed YAML */
export function readYaml(path: string, text: string): Placed {
  try {
    return placeYaml(path, text)
  } catch (error) {
    // The parser and `place` call themselves for each level.
    if (!(error instanceof RangeError)) throw error
    throw tooDeep(path)
  }
}

function hintOf(code: ErrorCode, line = ''): string {
  if (code === 'TAB_AS_INDENT') return 'indent with spaces'
  if (code === 'MULTILINE_IMPLICIT_KEY') return 'end each key with a colon, as in checks:'
  // Routes such as /users/{id} are the usual mistake.
  return line.includes('{')
    ? "quote texts that contain { or }: 'GET /users/{id}'"
    : 'correct the YAML'
}

const tooDeep = (at: string) =>
  usage(`${at}: nested too deeply`, 'remove levels, and aliases of what contains them')

function placeYaml(path: string, text: string): Placed {
  const lines = new LineCounter()
  // The parser compares each key with all others, and draws each error.
  const options = { uniqueKeys: false, prettyErrors: false }
  const document = parseDocument(text, { lineCounter: lines, ...options })
  const [problem] = document.errors
  if (problem) {
    const { line, col } = lines.linePos(problem.pos[0])
    if (problem.message.startsWith('Maximum call stack')) throw tooDeep(`${path}:${line}:${col}`)
    const at = `${path}:${line}:${col}`
    if (problem.code === 'MULTIPLE_DOCS') {
      throw usage(`${at}: a second document`, 'remove the line --- and what follows')
    }
    const [message = ''] = problem.message.split('\n')
    throw usage(`${at}: ${message}`, hintOf(problem.code, text.split('\n')[line - 1]))
  }
  let values = 0
  /** By the name of their anchor. `Alias.resolve` looks through the whole document. */
  const anchored = new Map<string, Node>()
  const seen = new Set<Node>()
  const place = (node: Node | null | undefined, before: Placed | undefined): Placed => {
    const offset = node?.range?.[0]
    const { line, col } =
      offset === undefined
        ? { line: before?.line ?? 1, col: before?.column ?? 1 }
        : lines.linePos(offset)
    const placed: Placed = { value: undefined, at: `${path}:${line}:${col}`, line, column: col }
    values += 1
    if (values > MOST_VALUES) {
      throw usage(
        `${placed.at}: more than ${MOST_VALUES} values with those of aliases`,
        'remove aliases (*name), or split the file',
      )
    }
    if (isAlias(node)) {
      const meant = anchored.get(node.source)
      if (!meant) {
        throw usage(
          `${placed.at}: no anchor &${node.source} before *${node.source}`,
          'write the value itself, or quote a text that begins with *',
        )
      }
      return { ...place(meant, before), ...placed }
    }
    if (node?.anchor && !seen.has(node)) anchored.set(node.anchor, node)
    if (node) seen.add(node)
    if (isScalar(node)) placed.value = node.value
    if (isSeq(node)) placed.items = node.items.map((item) => place(item as Node, placed))
    if (isMap(node)) {
      placed.entries = new Map()
      for (const pair of node.items) {
        const key = place(pair.key as Node, placed)
        const name = String(key.value)
        if (placed.entries.has(name))
          throw usage(`${key.at}: duplicate key: ${name}`, 'remove one of them')
        placed.entries.set(name, { key, value: place(pair.value as Node, key) })
      }
    }
    return placed
  }
  return place(document.contents, undefined)
}

export type Entries = NonNullable<Placed['entries']>

/** A map of known keys. @throws OtraceError (exit 2) with the nearest valid word */
export function mapOf(
  placed: Placed,
  what: string,
  known: readonly string[],
  example?: string,
): Entries {
  if (!placed.entries) {
    const hint = example ? `write ${what}: ${example}` : `its keys are ${known.join(', ')}`
    throw usage(`${placed.at}: ${what} is not a map`, hint)
  }
  for (const [name, { key }] of placed.entries) {
    if (name === '<<') throw usage(`${key.at}: merge keys (<<) are not read`, 'repeat the keys')
    if (!known.includes(name)) throw unknownWord(key.at, `key in ${what}`, name, known)
  }
  return placed.entries
}

/** The error for a word that is not known, with the nearest one. */
export function unknownWord(at: string, what: string, word: string, known: readonly string[]) {
  const meant = didYouMean(word, known)
  return usage(
    `${at}: unknown ${what}: ${word}`,
    meant ? `did you mean ${meant}?` : `use one of ${known.join(', ')}`,
  )
}

/** The JSON schema of `textOf`. */
export const ANY_TEXT = { type: ['string', 'number', 'boolean'], minLength: 1 }

/** A string; numbers and booleans become text. */
export function textOf(placed: Placed, what: string): string {
  const { value } = placed
  if (typeof value === 'string' && value !== '') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw usage(`${placed.at}: ${what} is not a text`, `write it like ${what}: value`)
}

/** The JSON schema of `textsOf`, for items of this schema. */
export const oneOrMany = (items: object) => ({
  anyOf: [items, { type: 'array', minItems: 1, items }],
})
export const SOME_TEXTS = oneOrMany(ANY_TEXT)

/** One string, or a list of strings. */
export function textsOf(placed: Placed, what: string): Placed[] {
  const items = placed.items ?? [placed]
  for (const item of items) textOf(item, what)
  if (items.length > 0) return items
  throw usage(`${placed.at}: ${what} is empty`, 'remove it, or add a value')
}

export function booleanOf(placed: Placed, what: string): boolean {
  if (typeof placed.value === 'boolean') return placed.value
  throw usage(`${placed.at}: ${what} is neither true nor false`, `write ${what}: true`)
}

/** An integer of at least `least`. */
export function wholeOf(placed: Placed, what: string, least: number, example = least): number {
  const { value } = placed
  if (typeof value === 'number' && Number.isInteger(value) && value >= least) return value
  throw usage(
    `${placed.at}: ${what} is not a whole number from ${least} on`,
    `write ${what}: ${example}`,
  )
}

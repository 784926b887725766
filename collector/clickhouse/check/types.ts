/** Data type names in text. The engine evaluates their arguments. */
import { type Token, tokenize } from './tokens.ts'
import { unquote } from './tree.ts'

const OF_NUMBERS = new Set(
  'decimal decimal32 decimal64 decimal128 decimal256 numeric dec fixed fixedstring binary char varchar character varying nchar nvarchar text string int integer bigint smallint tinyint float double time64 dynamic datetime64 interval'.split(
    ' ',
  ),
)
const OF_ZONES = new Set(['datetime', 'datetime32', 'datetime64', 'timestamp'])
const OF_TYPES = new Set([
  'array',
  'nullable',
  'lowcardinality',
  'map',
  'variant',
  'tuple',
  'nested',
])
const OF_PATHS = new Set(['json'])
const OF_LABELS = new Set(['enum', 'enum8', 'enum16'])
/** Their arguments are evaluated, or unknown here. */
const NEVER = new Set(['aggregatefunction', 'simpleaggregatefunction', 'object', 'qbit'])
const DEEPEST = 50

/** Whether a type of this family may have arguments. */
export function hasArguments(family: string): boolean {
  const name = family.toLowerCase()
  return [OF_NUMBERS, OF_ZONES, OF_TYPES, OF_PATHS, OF_LABELS, NEVER].some((set) => set.has(name))
}

/** Names that may stand in a type. */
export interface TypeNames {
  zones: Set<string>
  aggregate(name: string): boolean
}

/**
 * Whether a type is made of names, numbers, labels and known time zones only. Types of aggregation states are not:
 * their parameters are evaluated, and their values are read without checks.
 */
export function isPlainType(text: string, names: TypeNames): boolean {
  const reader = new TypeReader(tokenize(text), names)
  return reader.type(0) && reader.ended
}

/** Whether a text is columns with plain types: `a UInt8, b String`. */
export function isPlainStructure(text: string, names: TypeNames): boolean {
  const reader = new TypeReader(tokenize(text), names)
  return reader.list(() => reader.column(0)) && reader.ended
}

class TypeReader {
  #at = 0

  constructor(
    readonly tokens: Token[],
    readonly names: TypeNames,
  ) {}

  get ended(): boolean {
    return this.#at === this.tokens.length
  }

  list(item: () => boolean): boolean {
    do {
      if (!item()) return false
    } while (this.#symbol(','))
    return true
  }

  /** A name and a type. */
  column(depth: number): boolean {
    return this.#take('word', 'name') !== undefined && this.type(depth)
  }

  type(depth: number): boolean {
    let family: string | undefined
    // DOUBLE PRECISION, INT UNSIGNED
    for (let word = this.#take('word'); word !== undefined; word = this.#take('word'))
      family = word.toLowerCase()
    if (family === undefined || depth > DEEPEST) return false
    if (!this.#symbol('(')) return true
    if (this.#symbol(')')) return true
    return this.list(() => this.#argument(family, depth + 1)) && this.#symbol(')')
  }

  #argument(family: string, depth: number): boolean {
    if (OF_ZONES.has(family)) {
      const zone = this.#take('text')
      if (zone !== undefined) return this.names.zones.has(unquote(zone))
    }
    if (OF_LABELS.has(family)) {
      return this.#take('text') !== undefined && (!this.#symbol('=') || this.#number())
    }
    const numbers = OF_NUMBERS.has(family) || OF_PATHS.has(family)
    if (numbers && this.#isNext('=', 1)) return this.#assignment()
    if (numbers && !OF_PATHS.has(family)) return this.#number()
    if (family === 'simpleaggregatefunction' && this.#isNext(',', 1)) {
      const name = this.#take('word')
      return name !== undefined && this.names.aggregate(name)
    }
    if (!OF_TYPES.has(family) && !OF_PATHS.has(family) && family !== 'simpleaggregatefunction')
      return false
    // A bare name before a type is read as one of its words.
    this.#take('name')
    return this.type(depth)
  }

  #assignment(): boolean {
    return this.#take('word') !== undefined && this.#symbol('=') && this.#number()
  }

  #number(): boolean {
    this.#symbol('-')
    const word = this.#take('word')
    return word !== undefined && /^[\d.]+$/.test(word)
  }

  #take(...kinds: Token['kind'][]): string | undefined {
    const token = this.tokens[this.#at]
    if (token === undefined || !kinds.includes(token.kind)) return undefined
    this.#at++
    return token.text
  }

  #symbol(symbol: string): boolean {
    if (!this.#isNext(symbol)) return false
    this.#at++
    return true
  }

  #isNext(symbol: string, ahead = 0): boolean {
    const token = this.tokens[this.#at + ahead]
    return token?.kind === 'symbol' && token.text === symbol
  }
}

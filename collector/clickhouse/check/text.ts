/** Parts of a printed statement that its syntax tree does not show. */
import { badRequest, RefusedStatementError } from '../errors.ts'
import { type Token, tokenize } from './tokens.ts'
import { unquote } from './tree.ts'
import { isPlainType, type TypeNames } from './types.ts'

/** A statement taken apart. */
export interface Parts {
  /** Without its trailing FORMAT and SETTINGS. */
  text: string
  tokens: Token[]
  format: string | undefined
  settings: Record<string, string>
  /** Names of the settings whose values are maps. */
  maps: string[]
  /** Of `KILL QUERY WHERE query_id = '…'`. */
  kill: string | undefined
  /** Of `USE …`. */
  use: string | undefined
}

/** @param printed one statement as the engine prints it, which quotes with backslashes and has no comments. */
export function takeApart(printed: string): Parts {
  const tokens = tokenize(printed)
  let text = printed
  const cut = (count: number) => {
    text = printed.slice(0, tokens.at(-count)!.start).trimEnd()
    tokens.length -= count
  }
  let format = trailingFormat(tokens)
  if (format !== undefined) cut(2)
  const at = tokens.findLastIndex(({ text, depth }) => text === 'SETTINGS' && depth === 0)
  const read = at > 0 ? readSettings(tokens.slice(at + 1)) : undefined
  if (read) {
    cut(tokens.length - at)
    const other = trailingFormat(tokens)
    if (other !== undefined) cut(2)
    format ??= other
  }
  const { settings, maps } = read ?? { settings: {}, maps: [] }
  return { text, tokens, format, settings, maps, kill: killed(tokens), use: used(tokens) }
}

function trailingFormat(tokens: Token[]): string | undefined {
  const [word, name] = tokens.slice(-2)
  if (name === undefined || word?.text !== 'FORMAT' || word.depth !== 0) return undefined
  if (name.kind === 'name') return unquote(name.text)
  return name.kind === 'word' ? name.text : undefined
}

/** Of `a = 1, b = 'x', c = {'k': 'v'}` and nothing else. */
function readSettings(tokens: Token[]): Pick<Parts, 'settings' | 'maps'> | undefined {
  const settings: Record<string, string> = {}
  const maps: string[] = []
  for (let at = 0; ; ) {
    const [name, equals] = tokens.slice(at, at + 2)
    if (name?.kind !== 'word' || equals?.text !== '=') return undefined
    at += 2
    const map = tokens.slice(at, endOfMap(tokens, at))
    const sign = tokens[at]?.text === '-' ? '-' : ''
    at += sign === '' ? map.length : 1
    const value = map.length > 0 ? undefined : tokens[at++]
    if (map.length > 0) {
      settings[name.text] = map.map(({ text }) => text).join(' ')
      maps.push(name.text)
    } else if (value?.kind === 'word') settings[name.text] = sign + value.text
    else if (value?.kind === 'text' && sign === '') settings[name.text] = unquote(value.text)
    else return undefined
    if (at === tokens.length) return { settings, maps }
    if (tokens[at++]!.text !== ',') return undefined
  }
}

/** The index behind a map that begins at `start`, or `start`. `{x:String}` is a parameter. */
function endOfMap(tokens: Token[], start: number): number {
  const [first, key] = tokens.slice(start, start + 2)
  if (first?.text !== '{' || (key?.kind !== 'text' && key?.text !== '}')) return start
  for (let at = start + 1; at < tokens.length; at++)
    if (tokens[at]!.text === '}' && tokens[at]!.depth === first.depth) return at + 1
  return start
}

function killed(tokens: Token[]): string | undefined {
  const words = tokens.map(({ text }) => text)
  const id = tokens[5]
  const shape = words.slice(0, 5).join(' ') === 'KILL QUERY WHERE query_id ='
  if (!shape || tokens.length !== 7 || id?.kind !== 'text') return undefined
  return unquote(id.text) || undefined
}

function used([word, name, end]: Token[]): string | undefined {
  if (word?.text !== 'USE' || name === undefined || end !== undefined) return undefined
  return name.kind === 'name' ? unquote(name.text) : name.text
}

const NAME = '(?:\\w+|`[\\w .-]+`)'
const LIKE = "(?: (?:NOT )?I?LIKE '[^'\\\\]*')?(?: LIMIT \\d+)?"
/** Statements whose trees lack details, so their text must match one of these shapes. */
const SHOW = new RegExp(
  `^SHOW (?:DATABASES${LIKE}|TABLES(?: FROM ${NAME})?${LIKE}|FUNCTIONS${LIKE}|` +
    `(?:EXTENDED )?(?:FULL )?COLUMNS FROM ${NAME}(?: FROM ${NAME})?${LIKE}|` +
    `(?:EXTENDED )?INDEXES FROM ${NAME}(?: FROM ${NAME})?|` +
    `CREATE (?:TABLE|VIEW|DATABASE) ${NAME}(?:\\.${NAME})?)$`,
)

/** A name as EXPLAIN AST shows it on one line, where it looks like nothing else in a tree. */
function isOneLine(name: string): boolean {
  return !/[\0-\x1f]/.test(name) && !name.includes('(alias ') && !name.includes('(children ')
}

/**
 * @param parameters raw values by name.
 * @throws RefusedStatementError for unsafe forms of SHOW, names, parameter types and output targets.
 */
export function checkText(
  { text, tokens }: Parts,
  parameters: Record<string, string>,
  names: TypeNames,
): void {
  if (tokens[0]?.text === 'SHOW' && !SHOW.test(text)) {
    throw new RefusedStatementError(
      'SHOW is allowed here for DATABASES, TABLES, COLUMNS, INDEXES, FUNCTIONS and CREATE, with LIKE and no conditions',
    )
  }
  // Its graph names nodes by their addresses in memory.
  if (/^EXPLAIN AST \w+ = /.test(text))
    throw new RefusedStatementError('EXPLAIN AST is allowed here without settings')
  for (const [i, token] of tokens.entries()) {
    if (token.kind === 'name' && !isOneLine(unquote(token.text)))
      throw new RefusedStatementError(
        'a name with a newline or a part of a syntax tree is not allowed here',
      )
    if (token.text === 'INTO' && tokens[i + 1]?.text === 'OUTFILE')
      throw new RefusedStatementError('INTO OUTFILE is not allowed here')
    if (token.text === '{') checkPlaceholder(tokens, i, text, parameters, names)
  }
}

const PLACEHOLDER = 'a parameter is written {name:Type}'

/** `{name:Type}`: the engine evaluates the type when it parses the statement. */
function checkPlaceholder(
  tokens: Token[],
  at: number,
  text: string,
  parameters: Record<string, string>,
  names: TypeNames,
): void {
  const [name, colon] = tokens.slice(at + 1, at + 3)
  const { depth } = tokens[at]!
  if (name?.kind !== 'word' || colon?.text !== ':') throw badRequest(PLACEHOLDER)
  let end = at + 3
  while (end < tokens.length && !(tokens[end]!.text === '}' && tokens[end]!.depth === depth)) end++
  const close = tokens[end]
  if (close === undefined) throw badRequest(PLACEHOLDER)
  const type = text.slice(colon.start + 1, close.start).trim()
  if (type.toLowerCase() === 'identifier') {
    const value = Object.hasOwn(parameters, name.text) ? parameters[name.text]! : ''
    if (value.includes('\\') || !isOneLine(value))
      throw new RefusedStatementError('a name with a newline is not allowed here')
  } else if (!isPlainType(type, names)) {
    throw new RefusedStatementError(
      `the type of parameter ${name.text} is not allowed here: ${type}`,
    )
  }
}

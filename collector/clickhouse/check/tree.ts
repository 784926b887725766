/** The syntax tree in the output of `EXPLAIN AST`. */

export interface Node {
  kind: string
  /** Without the alias; the quoted form of a text literal. */
  name: string
  alias: string | undefined
  depth: number
  children: Node[]
}

/** @param lines one node each, indented by its depth: no name in the statement holds a newline. */
export function parseTree(lines: string[]): Node[] {
  const nodes: Node[] = []
  const path: Node[] = []
  for (const line of lines) {
    const node = parseNode(line)
    path.length = Math.min(path.length, node.depth)
    path.at(-1)?.children.push(node)
    path.push(node)
    nodes.push(node)
  }
  return nodes
}

/** Value of a text literal; undefined for any other node. */
export function textOf(node: Node): string | undefined {
  return node.kind === 'Literal' && node.name.startsWith("'") ? unquote(node.name) : undefined
}

const CHILDREN = '(children '
const ALIAS = '(alias '

function parseNode(line: string): Node {
  const text = line.trimStart()
  const space = text.indexOf(' ')
  const kind = space < 0 ? text : text.slice(0, space)
  let rest = space < 0 ? '' : text.slice(space + 1)
  const counted = rest.endsWith(')') ? rest.lastIndexOf(CHILDREN) : -1
  if (counted === 0 || rest[counted - 1] === ' ') rest = rest.slice(0, Math.max(counted - 1, 0))
  const from = kind === 'Literal' && rest.startsWith("'") ? endOfQuote(rest, 0) : 0
  const aliased = rest.endsWith(')') ? rest.indexOf(ALIAS, from) : -1
  const named = aliased === 0 || rest[aliased - 1] === ' '
  return {
    kind,
    name: named ? rest.slice(0, Math.max(aliased - 1, 0)) : rest,
    alias: named ? rest.slice(aliased + ALIAS.length, -1) : undefined,
    depth: line.length - text.length,
    children: [],
  }
}

/** @returns the index behind the closing quote, or the text's length where there is none. */
export function endOfQuote(text: string, start: number): number {
  const quote = text[start]
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === quote) return at + 1
  }
  return text.length
}

const ESCAPED: Record<string, string> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', 0: '\0' }

/** Text between quotes, its escapes undone. */
export function unquote(quoted: string): string {
  let text = ''
  for (let at = 1; at < quoted.length - 1; at++) {
    if (quoted[at] !== '\\') text += quoted[at]
    else text += ESCAPED[quoted[++at]!] ?? quoted[at]
  }
  return text
}

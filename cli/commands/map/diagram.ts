/** Calls as Mermaid and Graphviz text. */
import { fewMark, fewSamples } from '../../render/small-samples.ts'
import { printable } from '../../render/text.ts'
import { formatUnit } from '../../units/units.ts'
import { type Call, type NodeType, nodeKey } from './tree.ts'

/** As in the tree. */
const MARKED = { title: '', columns: [], rows: [], samples: 'samples' }

interface Node {
  id: string
  type: NodeType
  name: string
}

/** The nodes in order of appearance, by key. */
function nodesOf(calls: Call[]): Map<string, Node> {
  const nodes = new Map<string, Node>()
  const add = (type: NodeType | '', name: string) => {
    const key = nodeKey(type, name)
    if (type !== '' && !nodes.has(key)) {
      nodes.set(key, { id: `n${nodes.size}`, type, name })
    }
  }
  for (const { from, fromType, to, toType } of calls) {
    add(fromType, from)
    add(toType, to)
  }
  return nodes
}

function label({ rps, errorShare, p95, row }: Call): string {
  const few = fewSamples({ name: 'p95', type: '' }, { ...row, p95 }, MARKED)
  return [
    formatUnit(rps, 'reqps'),
    errorShare > 0 ? `${formatUnit(errorShare, 'percentunit')} errors` : '',
    p95 === null ? '' : `p95 ${fewMark(few)}${formatUnit(p95, 'ns')}`,
  ]
    .filter(Boolean)
    .join(', ')
}

/** Mermaid reads entities: https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters */
const mermaidText = (text: string) =>
  printable(text).replace(/[#"<>&|[\](){}\\`]/g, (one) => `#${one.charCodeAt(0)};`)

const MERMAID_SHAPES: Record<NodeType, [string, string]> = {
  service: ['["', '"]'],
  database: ['[("', '")]'],
  queue: ['[["', '"]]'],
  external: ['("', '")'],
}

function* mermaid(calls: Call[]): Generator<string> {
  const nodes = nodesOf(calls)
  yield 'flowchart LR'
  for (const { id, type, name } of nodes.values()) {
    const [open, close] = MERMAID_SHAPES[type]
    yield `  ${id}${open}${mermaidText(name)}${close}`
  }
  for (const call of calls) {
    if (call.fromType === '') continue
    const [from, to] = ends(call, nodes)
    yield `  ${from} -->|"${mermaidText(label(call))}"| ${to}`
  }
}

const DOT_SHAPES: Record<NodeType, string> = {
  service: 'box',
  database: 'cylinder',
  queue: 'cds',
  external: 'ellipse',
}

const dotText = (text: string) => printable(text).replace(/[\\"]/g, '\\$&')

function* dot(calls: Call[]): Generator<string> {
  const nodes = nodesOf(calls)
  yield 'digraph services {'
  yield '  rankdir=LR'
  for (const { id, type, name } of nodes.values()) {
    yield `  ${id} [label="${dotText(name)}", shape=${DOT_SHAPES[type]}]`
  }
  for (const call of calls) {
    if (call.fromType === '') continue
    const [from, to] = ends(call, nodes)
    const colour = call.errorShare > 0 ? ', color=red' : ''
    yield `  ${from} -> ${to} [label="${dotText(label(call))}"${colour}]`
  }
  yield '}'
}

function ends({ from, fromType, to, toType }: Call, nodes: Map<string, Node>): [string, string] {
  return [nodes.get(nodeKey(fromType, from))!.id, nodes.get(nodeKey(toType, to))!.id]
}

/** The formats of this command alone. */
export const DIAGRAMS = { mermaid, dot } satisfies Record<
  string,
  (calls: Call[]) => Generator<string>
>

export type Diagram = keyof typeof DIAGRAMS

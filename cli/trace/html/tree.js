// The rows of the trace page as a tree: spans, folds, missing spans, logs without a span.
import { data } from './common.js'

/** A row that may be shown. `failed` counts the errors in and below it. */
function node(parent, fields) {
  const { spans = [] } = fields
  const failed = spans.filter((index) => data.spans[index].error).length
  return {
    parent,
    level: parent ? parent.level + 1 : 0,
    children: [],
    open: false,
    spans,
    error: failed > 0,
    failed: fields.fold ? 0 : failed,
    ...fields,
  }
}

/** Spans come parents first, so that every parent has its node when its children come. */
function buildRows() {
  const tops = []
  const ofSpan = new Map()
  const folded = new Map()
  for (const fold of data.folds) for (const index of fold.spans) folded.set(index, fold)
  const gaps = new Map()
  const folds = new Map()
  const all = []
  const attach = (parent, fields) => {
    const made = node(parent, fields)
    all.push(made)
    if (parent) parent.children.push(made)
    else tops.push(made)
    return made
  }
  for (const [index, span] of data.spans.entries()) {
    let parent = span.parent === undefined ? undefined : ofSpan.get(span.parent)
    if (span.lost !== undefined) {
      parent = gaps.get(span.lost) ?? attach(undefined, { gap: span.lost, open: true })
      gaps.set(span.lost, parent)
    }
    const fold = folded.get(index)
    if (fold) {
      const group = folds.get(fold) ?? attach(parent, { fold, spans: fold.spans })
      folds.set(fold, group)
      parent = group
    }
    ofSpan.set(index, attach(parent, { spans: [index] }))
  }
  if (data.loose.length > 0) {
    attach(undefined, { loose: data.loose.map(({ text }) => text) })
  }
  for (const { parent, failed } of all.reverse()) if (parent) parent.failed += failed
  return { tops, ofSpan }
}

export const { tops, ofSpan } = buildRows()

/** Opens level by level as long as so many rows fit a glance. */
export function openSome(most) {
  let level = tops
  let count = tops.length
  while (level.length > 0) {
    const next = level.filter(({ fold }) => !fold).flatMap(({ children }) => children)
    count += next.length
    if (count > most) return
    for (const one of level) one.open = !one.fold
    level = next
  }
}

export function openAll(open) {
  const stack = [...tops]
  for (let one = stack.pop(); one; one = stack.pop()) {
    one.open = open && one.children.length > 0
    for (const child of one.children) stack.push(child)
  }
}

/** The rows that are open to view, in order. */
export function openRows() {
  const rows = []
  const stack = [...tops].reverse()
  for (let one = stack.pop(); one; one = stack.pop()) {
    rows.push(one)
    if (!one.open) continue
    for (let i = one.children.length - 1; i >= 0; i--) stack.push(one.children[i])
  }
  return rows
}

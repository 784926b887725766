/** Compares the head of a query file with the columns of its result. */

import { didYouMean } from '../../query/did-you-mean.ts'
import type { Tag } from '../../query/header.ts'
import type { Query } from '../../query/query-file.ts'
import { lackingFor } from '../../render/panels/needs.ts'
import type { Column } from '../../result.ts'

/**
 * Tags that name missing columns, units of columns that are not numbers, and a panel that would be drawn as a table.
 * @returns lines `file:line:column: message`, with a hint
 */
export function mismatches(query: Query, tags: Tag[], text: string, columns: Column[]): string[] {
  const lines = text.split(/\r?\n/)
  const found: string[] = []
  const add = (tag: Tag, word: string, message: string, hint: string) => {
    const column = (lines[tag.line - 1] ?? '').indexOf(word) + 1
    found.push(`${query.path}:${tag.line}:${Math.max(1, column)}: ${message}\n  → ${hint}`)
  }
  const names = columns.map(({ name }) => name)
  // The column of `--by` has the name of its value.
  const by = query.params.some(({ name }) => name === 'by')
  for (const tag of tags) {
    if (!['column', 'samples', 'covered'].includes(tag.name)) continue
    const [name = ''] = tag.text.split(/\s+/)
    const column = columns.find((each) => each.name === name)
    if (!column) {
      const meant = didYouMean(name, names)
      if (!by)
        add(
          tag,
          name,
          `the result has no column '${name}'`,
          meant ? `did you mean ${meant}?` : `it has ${names.join(', ')}`,
        )
    } else if (!isNumber(column)) {
      add(
        tag,
        name,
        `@${tag.name} ${name} is not a number but ${column.type}`,
        'convert it in the SQL, or remove the line',
      )
    }
  }
  const panel = tags.find(({ name }) => name === 'panel')
  const missing = panel && missingFor(query, columns)
  if (panel && missing)
    add(
      panel,
      '@panel',
      `@panel ${query.panel} needs ${missing}`,
      `it has ${columns.map(({ name, type }) => `${name} ${type}`).join(', ')}`,
    )
  return found
}

const bareType = ({ type }: Column) => type.replace(/^(?:(?:Nullable|LowCardinality)\()+/, '')
const isNumber = (column: Column) =>
  /^(?:Array\((?:Nullable\()?)?(?:U?Int\d|B?Float|Decimal|Nothing)/.test(bareType(column))

/** What a panel would need to be drawn; without it it is a table. */
function missingFor({ panel, samples, covered }: Query, columns: Column[]): string | undefined {
  const drawn = columns.filter(({ name }) => name !== samples && name !== covered)
  const measured = drawn.map((column) =>
    isNumber(column) ? column : { name: column.name, type: column.type },
  )
  return lackingFor(panel, measured)
}

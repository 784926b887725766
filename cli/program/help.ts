/** The help of the program: its options, commands and topics. */
import { GROUPS, groupOf, HELP, TOPICS, WRITTEN, type Written } from '../catalogue.ts'
import { argumentName, type Query } from '../query/query-file.ts'

/** What the help says of a query. */
export type ListedQuery = Pick<Query, 'name' | 'title' | 'params' | 'builtIn' | 'example'>

/** The options of the program, which stand before a command. */
export const PROGRAM_OPTIONS = {
  version: ['-V, --version', 'output the version number'],
  queries: ['--queries <directory>', 'another folder of query files (or OTRACE_QUERIES)'],
  noPager: ['--no-pager', 'long output on a terminal without a pager (or OTRACE_PAGER=)'],
} as const

/**
 * The help of the program.
 * @param width in columns
 */
export function programHelp(queries: readonly ListedQuery[], width: number): string {
  const line = ({ name, usage, summary }: Pick<Written, 'name' | 'usage' | 'summary'>) =>
    [`${name} ${usage}`, summary] as const
  const sections = ['Look', 'Your queries', ...GROUPS.slice(1), 'Shop (example)'].map(
    (heading) => ({
      heading,
      items: [
        ...queries.filter((query) => groupOf(query) === heading).map(queryLine),
        ...WRITTEN.filter(({ group, hidden }) => group === heading && !hidden).map(line),
        ...(heading === 'Set up' ? [line(HELP)] : []),
      ],
    }),
  )
  const options = [...Object.values(PROGRAM_OPTIONS), ['-h, --help', 'display help for command']]
  const listed = [
    { heading: 'Options', items: options as [string, string][] },
    ...sections.filter(({ items }) => items.length > 0),
  ]
  return (
    'Usage: otrace [options] [command]\n\n' +
    `${lines(DESCRIPTION, width).join('\n')}\n\n${renderHelp(listed, width)}\n\n` +
    `Topics (otrace help <topic>):\n  ${lines(TOPICS.join(', '), width - 2).join('\n  ')}\n`
  )
}

const DESCRIPTION = 'Query OpenTelemetry spans in ClickHouse, embedded or remote.'

function queryLine({ name, title, params }: ListedQuery): readonly [string, string] {
  const required = params.filter((param) => param.default === undefined)
  const usage = ['[options]', ...required.map((param) => `<${argumentName(param)}>`)].join(' ')
  return [`${name} ${usage}`, title]
}

interface HelpSection {
  heading: string
  items: readonly (readonly [term: string, text: string])[]
}

/** Columns of a text below which its lines would be too short to read. */
export const LEAST = 24

/**
 * The sections in at most `width` columns, with all texts in one column, or below their terms where it would be too
 * narrow. Each character counts as one column, so that the tables of widths need not load.
 */
function renderHelp(sections: readonly HelpSection[], width: number): string {
  const widest = Math.max(...sections.flatMap(({ items }) => items.map(([term]) => term.length)))
  const isNarrow = width - widest - 4 < LEAST
  const indent = isNarrow ? 6 : widest + 4
  const room = Math.max(LEAST, width - indent)
  const hanging = (words: string[]) => words.join(`\n${' '.repeat(indent)}`)
  const item = (term: string, text: string) =>
    isNarrow
      ? hanging([`  ${lines(term, width - 2).join('\n      ')}`, ...lines(text, room)])
      : `  ${term.padEnd(widest)}  ${hanging(lines(text, room))}`
  return sections
    .map(({ heading, items }) =>
      [`${heading}:`, ...items.map(([term, text]) => item(term, text))].join('\n'),
    )
    .join('\n\n')
}

/** Whole words in lines of at most `width` columns. */
function lines(text: string, width: number): string[] {
  const made: string[] = []
  for (const word of text.split(' ')) {
    const last = made.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) {
      made[made.length - 1] = `${last} ${word}`
    } else made.push(word)
  }
  return made
}

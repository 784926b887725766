/** Pages of the documentation in the terminal. */
import { Chalk } from 'chalk'
import { expect, it } from 'vitest'
import { renderMarkdown } from './markdown.ts'

const screen = { width: 40, colour: new Chalk({ level: 0 }), timeZone: 'UTC' }

it('draws headings, paragraphs, lists, tables and code', () => {
  const text = `# Title

A [link](there.md) in a paragraph that is
longer than the screen is wide.

- a point with a \`flag\`, which is longer than the screen
- another

| name | meaning |
|---|---|
| \`--a\` | one thing or another, with \\| in it, and more |
| \`--long\` | |

\`\`\`sh
otrace slow --a-line-that-is-longer-than-the-screen
\`\`\`
`
  expect(renderMarkdown(text, screen)).toMatchInlineSnapshot(`
    "Title

    A link in a paragraph that is longer
    than the screen is wide.

    - a point with a \`flag\`, which is
      longer than the screen
    - another

    name    meaning
    --a     one thing or another, with | in
            it, and more
    --long

      otrace slow --a-line-that-is-longer-than-the-screen
    "
  `)
})

it('stacks the cells of a table on a narrow screen', () => {
  const table = ['| a | b | c |', '|---|---|---|', `| one | \`${'x'.repeat(20)}\` | the text |`]
  const drawn = renderMarkdown(table.join('\n'), { ...screen, width: 40 })
  expect(drawn).toBe(`one\n  b: ${'x'.repeat(20)}\n  c: the text\n`)
})

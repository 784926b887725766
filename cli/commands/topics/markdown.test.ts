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

/** `otrace queries new`: a commented query file to start from. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import type { Context } from '../../context.ts'
import { usage } from '../../errors.ts'
import { addExamples } from '../../options/examples.ts'
import { writeTextFile } from '../../output/new-file.ts'
import { write } from '../../output/output.ts'
import { PROJECT_QUERIES, type QueryFiles } from '../../query/files.ts'
import { checkQueryName } from '../../query/query-file.ts'

export function newQueryCommand(files: () => Promise<QueryFiles>, context: Context): Command {
  const command = new Command('new')
  command
    .summary('Write a query file to start from')
    .description(`Write a commented query file into ${PROJECT_QUERIES}. Its name is the command.`)
    .argument('<name>', 'name of the command: small letters, digits and dashes')
  addExamples(
    command,
    ['otrace queries new slow-clients', 'otrace queries new big-spans'],
    ['otrace queries check <name> - whether it is right'],
  )
  return command.action(async (typed: string) => {
    const name = typed.replace(/\.sql$/, '')
    checkQueryName(name, '<name>')
    const path = join(PROJECT_QUERIES, `${name}.sql`)
    if (existsSync(path)) throw usage(`${path} exists already`, 'choose another name, or edit it')
    const { reserved, queries } = await files()
    if (reserved.has(name))
      throw usage(`otrace has a command '${name}' of its own`, 'choose another name')
    const replaced = queries.find((query) => query.name === name)
    if (replaced) {
      const whose = replaced.builtIn ? 'of otrace' : `of ${replaced.path}`
      context.say(`${path} replaces the query ${name} ${whose}`)
    }
    writeTextFile(path, starter(name), { elsewhere: 'run it in another folder' })
    await write(
      context.stdout,
      `${path}\n  otrace ${name}                 # runs it\n  otrace queries check ${name}   # checks it\n`,
    )
  })
}

const starter = (
  name: string,
) => `-- ${name.replaceAll('-', ' ').replace(/^./, (first) => first.toUpperCase())}
--
-- What the result shows, what to look for, and what to run next, such as
-- \`otrace trace <trace_id>\`. This text is the help of the command.
--
-- @panel   table
-- @param   over ns = 100ms - spans longer than this
-- @param   limit = 20 - rows to show
-- @column  duration ns
-- @example otrace ${name} --over 50ms

-- \`spans\` has the window and the filters applied: --since, --service and so on.
-- Its columns: otrace sql "DESCRIBE spans". The format: queries/README.md.
-- A @param is {name:Type} here. The unit ns lets --over take 50ms or 2s.
SELECT time, trace_id, service, operation, duration
FROM spans
WHERE is_entry AND duration > {over:UInt64}
ORDER BY duration DESC, trace_id
LIMIT {limit:UInt32}
`

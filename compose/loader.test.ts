/** The compose files against the specification's schema, and in docker compose's own loader. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DCLinter } from 'dclint'
import { expect, onTestFinished, test } from 'vitest'
import { builtWithGo } from '../test/built-with-go.ts'
import { removeFolder } from '../test/folder.ts'
import { BUILT } from '../test/otelcol/otelcol.ts'
import { read } from './files.ts'

/** Writes a compose file into a folder of its own, with a change. @returns its path */
function written(file: string, found: string, instead: string): string {
  const home = mkdtempSync(join(tmpdir(), 'otrace-compose-'))
  onTestFinished(() => removeFolder(home))
  expect(read(file)).toContain(found)
  for (const name of [file, '.env'])
    writeFileSync(join(home, name), read(name).replace(found, instead))
  return join(home, file)
}

/** What the schema has against a file. Of the linter's rules those of style are left out. */
function invalid(path: string): string[] {
  const linter = new DCLinter({ rules: {}, quiet: true, debug: false, exclude: [] })
  const messages: { rule: string; message: string }[] = linter.lintFiles([path], false)[0]!.messages
  return messages.filter(({ rule }) => rule.startsWith('invalid-')).map(({ message }) => message)
}

test.each([
  ['compose.yaml', '', ''],
  ['cluster.yaml', '', ''],
  ['cluster.yaml', '  healthcheck:', '  healtcheck:'],
  ['cluster.yaml', 'condition: service_healthy', 'condition: healthy'],
])('the schema of the specification accepts %s only as it is: %j', (file, found, instead) => {
  expect(invalid(written(file, found, instead))).toHaveLength(found === '' ? 0 : 1)
})

const loader = await builtWithGo('compose')
test.skipIf(!loader).each([
  ['compose.yaml', '', ''],
  ['cluster.yaml', '', ''],
  ['cluster.yaml', '  healthcheck:', '  healtcheck:'],
  ['cluster.yaml', '\n  keeper:\n', '\n  keepers:\n'],
  ['compose.yaml', '\n  queue:\n  grafana:\n', '\n  grafana:\n'],
  [
    'compose.yaml',
    'CLICKHOUSE_PASSWORD: &password ${OTRACE_PASSWORD',
    'CLICKHOUSE_PASSWORD: &password ${OTRACE',
  ],
])(
  `docker compose's own loader (${BUILT}) accepts %s only as it is: %j`,
  (file, found, instead) => {
    const path = written(file, found, instead)
    const load = () =>
      execFileSync(loader!, [path], { env: { OTRACE_PASSWORD: 'secret' }, stdio: 'pipe' })
    if (found === '') load()
    else expect(load).toThrow(/false schema|undefined (?:volume|service)|required variable/)
  },
)

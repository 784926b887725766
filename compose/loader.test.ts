/** The compose files in docker compose's own loader, where it is built: test/compose/main.go. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { packageRoot } from '../package.ts'
import { builtWithGo } from '../test/built-with-go.ts'
import { removeFolder } from '../test/folder.ts'

const read = (path: string) => readFileSync(new URL(`compose/${path}`, packageRoot), 'utf8')

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
])("docker compose's own loader accepts %s only as it is: %j", (file, found, instead) => {
  const home = mkdtempSync(join(tmpdir(), 'otrace-compose-'))
  onTestFinished(() => removeFolder(home))
  for (const name of [file, '.env'])
    writeFileSync(join(home, name), read(name).replace(found, instead))
  const load = () =>
    execFileSync(loader!, [join(home, file)], { env: { OTRACE_PASSWORD: 'secret' }, stdio: 'pipe' })
  if (found === '') load()
  else expect(load).toThrow(/false schema|undefined (?:volume|service)|required variable/)
})

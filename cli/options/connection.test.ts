/** The connection from flags, environment and profiles. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { removeFolder } from '../../test/folder.ts'
import { type ConnectionFlags, readConnection } from './connection.ts'

const folder = mkdtempSync(join(tmpdir(), 'otrace-config-'))
mkdirSync(join(folder, 'otrace'))
const profiles = {
  prod: { url: 'http://prod:8123', user: 'reader' },
  mine: { data: '/mine' },
  tables: { database: 'traces' },
}
writeFileSync(join(folder, 'otrace', 'config.json'), JSON.stringify({ profile: 'prod', profiles }))
afterAll(() => removeFolder(folder))

const OTRACE_URL = 'http://env:8123'

it.each<[what: string, flags: ConnectionFlags, env: Record<string, string>, expected: object]>([
  ['the profile', {}, {}, { url: 'http://prod:8123', user: 'reader' }],
  ['the environment over it', {}, { OTRACE_URL }, { url: OTRACE_URL, user: undefined }],
  ['an empty variable is none', {}, { OTRACE_URL: '' }, { url: 'http://prod:8123' }],
  ['a typed profile over the environment', { profile: 'prod' }, { OTRACE_URL }, profiles.prod],
  [
    'a typed profile of a directory over the environment',
    { profile: 'mine' },
    { OTRACE_URL },
    { url: undefined, dataDir: '/mine' },
  ],
  [
    'a typed profile without a place within the environment',
    { profile: 'tables' },
    { OTRACE_URL },
    { url: OTRACE_URL, database: 'traces' },
  ],
  [
    'a typed directory over all',
    { data: '/here' },
    { OTRACE_URL },
    { url: undefined, user: undefined, dataDir: '/here' },
  ],
  ['a typed address over all', { url: 'http://x' }, { OTRACE_URL }, { url: 'http://x' }],
])('%s', (_, flags, env, expected) => {
  expect(readConnection(flags, { XDG_CONFIG_HOME: folder, ...env })).toMatchObject(expected)
})

it.each(['url', 'data', 'profile', 'database', 'table'])('--%s is not to be empty', (name) => {
  expect(() => readConnection({ [name]: '' }, { XDG_CONFIG_HOME: folder })).toThrow(
    `--${name} is empty`,
  )
})

/** The lock file, and the packages bundled into dist/. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { packageRoot } from '../package.ts'

interface LockEntry {
  version: string
  resolved?: string
  integrity?: string
  dev?: boolean
}

const read = (path: string) => readFileSync(new URL(path, packageRoot), 'utf8')
const lock: Record<string, LockEntry> = JSON.parse(read('package-lock.json')).packages

/** The registry that this file was written with does not offer these three. */
const WITHOUT_HASH = ['darwin-arm64', 'darwin-x64', 'linux-arm64-gnu'].map(
  (platform) => `node_modules/@chdb/lib-${platform}`,
)

it('the lock file has a hash for each package, and names no registry', () => {
  const entries = Object.entries(lock).filter(([path]) => path !== '')
  const open = entries.filter(([, { integrity }]) => !integrity?.startsWith('sha512-'))
  expect(open.map(([path]) => path)).toEqual(WITHOUT_HASH)
  expect(entries.filter(([, { resolved }]) => resolved)).toEqual([])
})

/** Folders like `node_modules/chalk` that the source maps of dist/ name. */
function bundledFolders(): string[] {
  const maps = readdirSync(new URL('dist/', packageRoot), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.map'))
    .map((path): { sources: string[] } => JSON.parse(read(`dist/${path}`)))
  const folder = /^(?:\.\.\/)+(node_modules\/.*)$/
  const last = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/
  const paths = maps.flatMap(({ sources }) => sources.map((path) => folder.exec(path)?.[1] ?? ''))
  return [...new Set(paths.flatMap((path) => last.exec(path) ?? []))].sort()
}

it('what is bundled is a dependency, and its licence is in the package', () => {
  const folders = bundledFolders()
  expect(folders).toContain('node_modules/@clickhouse/client')
  expect(folders.filter((folder) => lock[folder]!.dev)).toEqual([])
  const licenses = read('dist/THIRD-PARTY-LICENSES.txt').split(/^-{80}$/m)
  const named = folders.map((folder) => {
    const { name, version } = JSON.parse(read(`${folder}/package.json`))
    return `${name} ${version}`
  })
  expect(licenses.map((text) => /.* [\d.]+/.exec(text)?.[0])).toEqual(named)
  for (const text of licenses)
    expect(text).toMatch(/Permission is hereby granted|Permission to use, copy|Apache License/)
})

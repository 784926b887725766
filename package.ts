/** Where this package's own files are, and its version; for every folder, since each ships files beside its code. */
import { existsSync, readFileSync } from 'node:fs'

/** The package's root folder as a file URL ending in `/`, whether run from source, from `dist/` or from node_modules. */
export const packageRoot: URL = findRoot(new URL('./', import.meta.url))

/** The version in package.json. */
export function packageVersion(): string {
  return JSON.parse(readFileSync(new URL('package.json', packageRoot), 'utf8')).version
}

function findRoot(folder: URL): URL {
  if (existsSync(new URL('package.json', folder))) return folder
  const parent = new URL('../', folder)
  if (parent.href === folder.href) throw new Error(`no package.json above ${import.meta.url}`)
  return findRoot(parent)
}

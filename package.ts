/** The package's root folder and version. */
import { existsSync, readFileSync } from 'node:fs'

/** The root folder as a file URL that ends in `/`, from source, `dist/` or node_modules. */
export const packageRoot: URL = findRoot(new URL('./', import.meta.url))

/** The version in package.json. */
export function packageVersion(): string {
  return JSON.parse(readFileSync(new URL('package.json', packageRoot), 'utf8')).version
}

function findRoot(folder: URL): URL {
  const file = new URL('package.json', folder)
  // dist/cli/ has one without a name.
  if (existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).name === 'otrace') return folder
  const parent = new URL('../', folder)
  if (parent.href === folder.href) throw new Error(`no package.json above ${import.meta.url}`)
  return findRoot(parent)
}

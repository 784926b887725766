/** The built-in queries as the build read them, since reading all files takes 5 ms. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { packageRoot } from '../../package.ts'
import type { ListedQuery } from './help.ts'

/** Installers and checkouts write files in any order. */
const SLACK_MS = 60_000

/** The lines of the help, or undefined unless each query file is as it was when the program was built. */
export function builtQueries(): ListedQuery[] | undefined {
  if (!import.meta.url.endsWith('.js')) return undefined
  try {
    const path = new URL('dist/queries.json', packageRoot)
    const { sizes, queries } = JSON.parse(readFileSync(path, 'utf8'))
    const latest = statSync(path).mtimeMs + SLACK_MS
    const files = ['queries/', 'queries/shop/'].flatMap((folder) =>
      readdirSync(new URL(folder, packageRoot))
        .filter((name) => name.endsWith('.sql'))
        .map((name) => folder + name),
    )
    const isSame = (file: string) => {
      const { size, mtimeMs } = statSync(new URL(file, packageRoot))
      return size === sizes[file] && mtimeMs <= latest
    }
    return files.length === queries.length && files.every(isSame) ? queries : undefined
  } catch {
    return undefined
  }
}

/** A command line of words, as typed into a shell. */
import { basename, relative } from 'node:path'
import { isByNpx } from './process.ts'

/** Quotes the words that a shell would take apart. */
export const shellLine = (words: readonly string[]): string => words.map(quoted).join(' ')

const quoted = (word: string) =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`

/**
 * How to type this program in another terminal: `otrace`, `npx otrace` or `node dist/cli/main.js`.
 * @param script the absolute path of `process.argv[1]`
 */
export function ownName(env: NodeJS.ProcessEnv, script: string, folder = process.cwd()): string {
  if (isByNpx(env, script)) return 'npx otrace'
  // Shims of other package managers run the file of the package.
  if (basename(script) === 'otrace' || script.includes('/node_modules/otrace/')) return 'otrace'
  const inside = relative(folder, script)
  return shellLine(['node', inside.startsWith('..') ? script : inside])
}

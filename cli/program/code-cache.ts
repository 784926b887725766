/** Keeps the compiled code of the built program between runs. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import module from 'node:module'
import { dirname, join } from 'node:path'
import vm from 'node:vm'
import { crc32 } from 'node:zlib'

interface Chunk {
  exports: object
  require(name: string): object
}

/** Parts of Node's module loader that @types/node leaves out. */
const loader = module as unknown as {
  _extensions: Record<string, (chunk: Chunk, path: string) => void>
  wrap(code: string): string
  /** From Node 22.1. */
  enableCompileCache?: (folder: string) => unknown
}

/** Files of code in the folder: one for each installed copy of the program and version of Node. */
const MOST_FILES = 8

/**
 * Loads chunks of the program from code that earlier runs compiled, and keeps what this run compiles. Node from 22
 * does so itself.
 * @param chunks the folder of the chunks, whose names tell their content
 * @param folder of the user's own: code in it runs
 */
export function cacheCode(chunks: string, folder: string): void {
  if (!isPrivate(folder)) return
  if (loader.enableCompileCache) {
    loader.enableCompileCache(folder)
    return
  }
  const copy = crc32(chunks).toString(16).padStart(8, '0')
  const path = join(folder, `${process.version}-${process.arch}-${copy}`)
  const kept = readKept(path)
  const loaded = new Map<string, Chunk>()
  const compiled = new Map<string, vm.Script>()
  let isKept = true

  /** Runs a chunk; `made` finds packages from its folder. */
  const load = (made: Chunk, name: string) => {
    loaded.set(name, made)
    const filename = join(chunks, name)
    const cachedData = kept.get(name)
    // The build writes ASCII.
    const code = loader.wrap(readFileSync(filename, 'latin1'))
    const script = new vm.Script(code, { filename, cachedData })
    compiled.set(name, script)
    if (!cachedData || script.cachedDataRejected) isKept = false
    const require = (wanted: string) => {
      if (!wanted.startsWith('./')) return made.require(wanted)
      const other = wanted.slice(2)
      const before = loaded.get(other)
      if (before) return before.exports
      const next = { exports: {}, require: (named: string) => made.require(named) }
      load(next, other)
      return next.exports
    }
    script.runInThisContext()(made.exports, require, made, filename, chunks)
  }
  const usual = loader._extensions['.js']!
  loader._extensions['.js'] = (made, file) => {
    if (dirname(file) !== chunks) return usual(made, file)
    const name = file.slice(chunks.length + 1)
    const before = loaded.get(name)
    if (before) made.exports = before.exports
    else load(made, name)
  }
  process.on('exit', () => {
    if (!isKept) keep(path, kept, compiled, chunks)
  })
}

/** Makes a folder, and says whether only this user may write there: what is in it will run, under sudo too. */
function isPrivate(folder: string): boolean {
  try {
    makeFolders(folder, 3)
    const { uid, mode } = statSync(folder)
    return uid === (process.getuid?.() ?? uid) && (process.platform === 'win32' || !(mode & 0o022))
  } catch {
    return false
  }
}

/**
 * The code of each chunk in a file: a line with the checksum of the rest, one of names and lengths, then the code. None
 * of a file of others, or of one that was damaged: V8 runs damaged code.
 */
function readKept(path: string): Map<string, Buffer> {
  const kept = new Map<string, Buffer>()
  try {
    const bytes = readFileSync(path)
    const { uid } = statSync(path)
    if (uid !== (process.getuid?.() ?? uid)) return kept
    const names = bytes.indexOf('\n') + 1
    if (bytes.toString('latin1', 0, names) !== `${crc32(bytes.subarray(names))}\n`) return kept
    let at = bytes.indexOf('\n', names) + 1
    const parts: [name: string, length: number][] = JSON.parse(bytes.toString('latin1', names, at))
    for (const [name, length] of parts) {
      kept.set(name, bytes.subarray(at, at + length))
      at += length
    }
  } catch {
    // The first run of a version, or a folder that cannot be read.
  }
  return kept
}

/** Writes the code as a whole or not at all. Without room for it, the next run compiles again. */
function keep(
  path: string,
  kept: Map<string, Buffer>,
  compiled: Map<string, vm.Script>,
  chunks: string,
): void {
  const made = `${path}.${process.pid}`
  try {
    const file = openSync(made, 'wx', 0o600)
    try {
      writeParts(file, kept, compiled, chunks)
      renameSync(made, path)
      removeOldest(dirname(path))
    } catch (error) {
      unlinkSync(made)
      throw error
    } finally {
      closeSync(file)
    }
  } catch {
    // A folder that cannot be made or written, or a full disk.
  }
}

/** Leaves the files that were written last. */
function removeOldest(folder: string): void {
  const files = readdirSync(folder, { withFileTypes: true }).filter((each) => each.isFile())
  if (files.length <= MOST_FILES) return
  const paths = files.map(({ name }) => join(folder, name))
  const aged = paths.map((path) => ({ path, written: statSync(path).mtimeMs }))
  aged.sort((a, b) => b.written - a.written)
  for (const { path } of aged.slice(MOST_FILES)) unlinkSync(path)
}

/** Makes a folder and missing ones above it. Node's recursive mkdir does not return within /proc. */
function makeFolders(path: string, levels: number): void {
  if (existsSync(path)) return
  if (levels > 1) makeFolders(dirname(path), levels - 1)
  mkdirSync(path, { mode: 0o700 })
}

function writeParts(
  file: number,
  kept: Map<string, Buffer>,
  compiled: Map<string, vm.Script>,
  chunks: string,
): void {
  const ofOthers = [...kept].filter(
    ([name]) => !compiled.has(name) && existsSync(join(chunks, name)),
  )
  const own = [...compiled].map(([name, script]) => [name, script.createCachedData()] as const)
  const parts = [...ofOthers, ...own]
  const names = JSON.stringify(parts.map(([name, { length }]) => [name, length]))
  const rest = Buffer.concat([Buffer.from(`${names}\n`), ...parts.map(([, code]) => code)])
  writeFileSync(file, Buffer.concat([Buffer.from(`${crc32(rest)}\n`), rest]))
  fsyncSync(file)
}

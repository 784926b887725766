/** Keeps the compiled code of the built program between runs. */
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
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
  const kept = openKept(path)
  const loaded = new Map<string, Chunk>()
  const compiled = new Map<string, vm.Script>()
  let isKept = true

  /** Runs a chunk; `made` finds packages from its folder. */
  const load = (made: Chunk, name: string) => {
    loaded.set(name, made)
    const filename = join(chunks, name)
    const cachedData = kept?.read(name)
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

/** Code that an earlier run kept. */
interface Kept {
  names: Iterable<string>
  /** The code of a chunk; undefined of one that was not kept, or damaged: V8 runs damaged code. */
  read(name: string): Buffer | undefined
  close(): void
}

/** Bytes of the first two lines: a chunk takes 60, and there are 130. */
const LONGEST_HEAD = 32_768

/**
 * Opens a file of a line with the checksum of the next, one of names, lengths and checksums, then the code of each
 * chunk: a run needs a part of it. Undefined for a file of others, or where there is none.
 */
function openKept(path: string): Kept | undefined {
  try {
    const file = openSync(path, 'r')
    const { uid } = fstatSync(file)
    const begin = readAt(file, 0, LONGEST_HEAD)
    const names = begin.indexOf('\n') + 1
    const end = begin.indexOf('\n', names) + 1
    const head = begin.subarray(names, end)
    const isWhole = begin.toString('latin1', 0, names) === `${crc32(head)}\n`
    if (!isWhole || uid !== (process.getuid?.() ?? uid)) {
      closeSync(file)
      return undefined
    }
    const places = new Map<string, [at: number, length: number, sum: number]>()
    let at = end
    for (const [name, length, sum] of JSON.parse(head.toString('latin1')) as Part[]) {
      places.set(name, [at, length, sum])
      at += length
    }
    return {
      names: places.keys(),
      read(name) {
        const place = places.get(name)
        if (!place) return undefined
        const code = readAt(file, place[0], place[1])
        return crc32(code) === place[2] ? code : undefined
      },
      close: () => closeSync(file),
    }
  } catch {
    // The first run of a version, or a folder that cannot be read.
    return undefined
  }
}

type Part = [name: string, length: number, sum: number]

/** V8 copies code that is not aligned, as this is. */
function readAt(file: number, at: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(length)
  return bytes.subarray(0, readSync(file, bytes, 0, length, at))
}

/** Writes the code as a whole or not at all. Without room for it, the next run compiles again. */
function keep(
  path: string,
  kept: Kept | undefined,
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
  kept: Kept | undefined,
  compiled: Map<string, vm.Script>,
  chunks: string,
): void {
  const parts = new Map<string, Buffer>()
  for (const name of kept?.names ?? []) {
    const code =
      compiled.has(name) || !existsSync(join(chunks, name)) ? undefined : kept?.read(name)
    if (code) parts.set(name, code)
  }
  // Windows replaces no open file.
  kept?.close()
  for (const [name, script] of compiled) parts.set(name, script.createCachedData())
  const names = [...parts].map(([name, code]): Part => [name, code.length, crc32(code)])
  const head = `${JSON.stringify(names)}\n`
  writeFileSync(file, Buffer.concat([Buffer.from(`${crc32(head)}\n${head}`), ...parts.values()]))
  fsyncSync(file)
}

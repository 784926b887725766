/** One process per data directory: a lock file that names the holder and its place. */
import {
  type BigIntStats,
  linkSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAlive, isHere, moveAway, placeOf, readOwnFile, startOf } from '../address-file.ts'

const FILE = 'otrace.lock'
/** The engine's own. */
const STATUS = 'status'
/** Names the process that gets the lock next. */
const NEXT_FILE = 'otrace.next'
const POLL_MS = 20
/** An older lock file without a process id was left by a process killed while writing it. */
const WRITTEN_WITHIN_MS = 2000

export interface LockWait {
  /** Milliseconds. */
  ms: number
  /** Before others that wait, which is for a collector: the others then ask it. */
  isFirst?: boolean
  /** Throws to end the wait early. */
  check?: () => void
  /** User id of this process. */
  user?: number
}

const ownUser = () => process.getuid?.() ?? 0

/**
 * Waits until no other live process holds `directory`, and takes it.
 * @returns a function that releases it, or undefined when another process kept it
 */
export async function lockDirectory(
  directory: string,
  { ms, isFirst = false, check = () => {}, user = ownUser() }: LockWait,
): Promise<(() => void) | undefined> {
  const path = join(directory, FILE)
  const next = join(directory, NEXT_FILE)
  for (const name of [FILE, NEXT_FILE, STATUS]) moveAway(join(directory, name))
  const deadline = performance.now() + ms
  let isNext = false
  try {
    for (;;) {
      if (isFirst || isNext || !isHeldByOther(next, user)) {
        // A live process in a container has an id that says nothing here.
        const isFree = heldByEngine(directory) !== 'certain'
        if (isFree && take(path, user)) return () => rmSync(path, { force: true })
      }
      if (isFirst && !isNext) isNext = take(next, user)
      check()
      if (performance.now() > deadline) return undefined
      await sleep(POLL_MS)
    }
  } finally {
    if (isNext) rmSync(next, { force: true })
  }
}

/** Whether another live process holds `directory` now. */
export function isHeld(directory: string, user = ownUser()): boolean {
  const path = join(directory, FILE)
  const text = holderIn(path)
  // A process of its own may look whether the engine can read its files.
  if (text !== undefined && isOwn(text)) return false
  return isHeldByOther(path, user) || heldByEngine(directory) === 'certain'
}

/** Whether a process in another container took `directory`: this one cannot tell whether it ended. */
export function isHeldElsewhere(directory: string): boolean {
  const [, , , where] = (holderIn(join(directory, FILE)) ?? '').split(' ')
  return where !== undefined && where !== namespace()
}

/** In which process ids mean something, as the system names it. */
function namespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return ''
  }
}

/**
 * Whether another process has the engine's files open: it locks their status file. The list of locks has those of all
 * containers on the host, and in a container only its own. Perhaps, where the list names the file's device otherwise
 * (btrfs and overlayfs do), or without a list (macOS) if the process that the status file names may be a live one.
 */
export function heldByEngine(directory: string): 'certain' | 'perhaps' | undefined {
  const file = statSync(join(directory, STATUS), { throwIfNoEntry: false, bigint: true })
  if (!file) return undefined
  const locks = locksOf(file)?.filter(({ pid }) => pid !== process.pid)
  if (locks?.some(({ isSameDevice }) => isSameDevice)) return 'certain'
  if (locks) return locks.length > 0 ? 'perhaps' : undefined
  const pid = Number(/^PID: (\d+)/m.exec(statusIn(directory) ?? '')?.[1])
  return pid !== process.pid && isAlive(pid) ? 'perhaps' : undefined
}

/** What the engine wrote last when it locked the directory: its process id and start. It leaves nothing at its end. */
export const statusIn = (directory: string) => holderIn(join(directory, STATUS))

/** Locks on files with this inode, with the process. See man 5 proc_locks. */
function locksOf({ dev, ino }: BigIntStats): { pid: number; isSameDevice: boolean }[] | undefined {
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn)
  const minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn)
  const device = [major, minor].map((part) => part.toString(16).padStart(2, '0')).join(':')
  let lines: string[]
  try {
    lines = readFileSync('/proc/locks', 'utf8').split('\n')
  } catch {
    return undefined
  }
  return lines
    .map((line) => line.split(/ +/))
    .filter((words) => words[5]?.endsWith(`:${ino}`))
    .map((words) => ({ pid: Number(words[4]), isSameDevice: words[5] === `${device}:${ino}` }))
}

function isHeldByOther(path: string, user: number): boolean {
  const text = holderIn(path)
  if (text === undefined || isOwn(text)) return false
  return isHolderAlive(path, text) && isTrusted(path, user)
}

/** A process in another container may have the same id. */
function isOwn(text: string): boolean {
  const [pid, start] = text.split(' ')
  return Number(pid) === process.pid && (!start || start === startOf(process.pid))
}

/** Another user's file in a directory that others may write to holds nothing; root's does. */
function isTrusted(path: string, user: number): boolean {
  const owner = statSync(path, { throwIfNoEntry: false })?.uid ?? user
  return user === 0 || owner === 0 || owner === user
}

/** The process named in the file may hold the directory that this one was copied from. */
function isHolderAlive(path: string, text: string): boolean {
  const [pid, start, place] = text.split(' ')
  return isHere(dirname(path), place || undefined) && isAlive(Number(pid), start || undefined)
}

function take(path: string, user: number): boolean {
  try {
    // What the system does not say is empty.
    const place = placeOf(dirname(path))
    const text = [process.pid, startOf(process.pid), place, namespace()].join(' ')
    writeFileSync(path, text, { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const text = holderIn(path)
  if (text === undefined) return false
  // The engine lets one process open a directory twice.
  if (isOwn(text)) return true
  const isDead = text === '' ? age(path) > WRITTEN_WITHIN_MS : !isHolderAlive(path, text)
  if (isDead || !isTrusted(path, user)) clear(path, text)
  return false
}

/** Removes the file of a dead process, unless another process just replaced it. */
function clear(path: string, text: string): void {
  const aside = `${path}.${process.pid}`
  try {
    renameSync(path, aside)
    if (holderIn(aside) !== text) linkSync(aside, path)
  } catch {
    // Another process was faster.
  } finally {
    rmSync(aside, { force: true })
  }
}

const holderIn = (path: string) => readOwnFile(path)?.text

function age(path: string): number {
  try {
    return Date.now() - statSync(path).mtimeMs
  } catch {
    return 0
  }
}

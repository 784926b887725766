/** Power cuts with `--durability fsync`. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { removeFolder } from '../../test/folder.ts'
import { Acknowledged, expectStored, sendUntil, startProcess } from './testing.ts'

const ROUNDS = process.env.OTRACE_LONG ? 60 : 2

const folder = mkdtempSync(join(tmpdir(), 'otrace-power-'))
const image = join(folder, 'image')
const disk = join(folder, 'disk')
let isMounted = false

afterAll(() => {
  if (isMounted) run('umount', disk)
  removeFolder(folder)
})

function run(command: string, ...words: string[]): string {
  return execFileSync(command, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** An ext4 file system on a loop device; false where this user may not. */
function mount(): boolean {
  try {
    // Only synced data is on the disk at the power cut.
    run('mount', '-o', 'loop,commit=300', image, disk)
    isMounted = true
  } catch {
    return false
  }
  return true
}

/** EXT4_IOC_SHUTDOWN without flushing the log: what is not on the disk now never is. */
function cut(): void {
  const script =
    "my $flag = pack('L', 2); open(D, '<', $ARGV[0]) && ioctl(D, 0x8004587d, $flag) or die $!"
  run('perl', '-e', script, disk)
}

test(`with --durability fsync every acknowledged row is there exactly once after ${ROUNDS} power cuts`, {
  timeout: ROUNDS * 120_000,
}, async (context) => {
  writeFileSync(image, '')
  truncateSync(image, 2 ** 30)
  mkdirSync(disk)
  try {
    run('mkfs.ext4', '-q', '-F', image)
  } catch {
    return context.skip('no mkfs.ext4')
  }
  if (!mount()) return context.skip('mounting a loop device takes root')
  const acknowledged = new Acknowledged()
  for (let round = 0; round < ROUNDS; round++) {
    const collector = await startProcess(join(disk, 'data'), 'fsync')
    // Senders take all cores for as long.
    const endAt = Date.now() + 500 + Math.random() * (process.env.OTRACE_LONG ? 3000 : 500)
    await sendUntil(collector, acknowledged, endAt, () => {
      acknowledged.isOff = true
      try {
        cut()
      } finally {
        collector.child.kill('SIGKILL')
      }
    })
    acknowledged.isOff = false
    run('umount', disk)
    isMounted = false
    // A process with mounts of its own, begun meanwhile, holds the disk that is off, and mounting takes it again.
    await expect.poll(() => run('losetup', '-j', image)).toBe('')
    expect(mount()).toBe(true)
  }
  expect(acknowledged.traces.size).toBeGreaterThanOrEqual(ROUNDS)
  await expectStored(join(disk, 'data'), acknowledged)
})

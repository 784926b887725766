/** Where a running collector says that it runs and on which ports: `otrace.json` in its data directory; for cli/ too. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface AddressFile {
  pid: number
  /** Base addresses such as `http://127.0.0.1:8123`. */
  clickhouse: string
  otlpHttp: string
  otlpGrpc?: string
  /** ISO-8601, UTC. */
  startedAt: string
  version: string
}

/** What the collector over this directory published, unless its process is gone. */
export function readAddressFile(dataDir: string): AddressFile | undefined {
  let found: AddressFile
  try {
    found = JSON.parse(readFileSync(fileIn(dataDir), 'utf8'))
  } catch {
    return undefined
  }
  return isAlive(found.pid) ? found : undefined
}

/** Publishes the addresses, whole or not at all. */
export function writeAddressFile(dataDir: string, addresses: AddressFile): void {
  const draft = `${fileIn(dataDir)}.${process.pid}`
  writeFileSync(draft, `${JSON.stringify(addresses, null, 2)}\n`)
  renameSync(draft, fileIn(dataDir))
}

/** Takes the file back, if it is this process's. */
export function removeAddressFile(dataDir: string): void {
  if (readAddressFile(dataDir)?.pid === process.pid) rmSync(fileIn(dataDir), { force: true })
}

/** Whether a process of this id exists, whoever owns it. */
export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function fileIn(dataDir: string): string {
  return join(dataDir, 'otrace.json')
}

/** The processes of the payment service: three hosts, and the release of a new version. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packageRoot } from '../../package.ts'
import { type Faults, VERSIONS } from '../faults.ts'
import { dropIndex, seedLedger } from './ledger.ts'

const NAMES = ['payment-1', 'payment-2', 'payment-3']
const START_WITHIN_MS = 30_000
const DRAIN_MS = 1000
/** The message at which the faults of a host begin. */
const BEGIN = { event: 'begin faults' }

interface Host {
  name: string
  url: string
  child: ChildProcess
}

/**
 * Starts the service.
 * @param folder where its ledger is kept
 * @throws Error when a host does not start
 */
export async function startHosts(folder: string, faults: Faults) {
  const ledger = join(folder, 'charges.db')
  await seedLedger(ledger)
  const hosts = await Promise.all(NAMES.map((name) => startHost(name, VERSIONS[0], ledger)))
  let stopping = false

  /** Replaces a host, like a rolling release: the new one serves before the old one stops. */
  async function release(name: string): Promise<void> {
    const next = await startHost(name, VERSIONS[1], ledger)
    if (stopping) return end(next)
    next.child.send(BEGIN)
    const at = hosts.findIndex((host) => host.name === name)
    const [old] = hosts.splice(at, 1, next)
    setTimeout(() => end(old!), DRAIN_MS).unref()
  }
  faults.whenBegun(() => {
    for (const { child } of hosts) child.send(BEGIN)
    if (faults.isActive('bad-version')) void Promise.all(NAMES.slice(1).map(release))
    if (faults.isActive('missing-index')) void dropIndex(ledger)
  })
  return {
    urls: () => hosts.map(({ url }) => url),
    async stop(): Promise<void> {
      stopping = true
      await Promise.all(hosts.map(end))
    },
  }
}

async function startHost(name: string, version: string, ledger: string): Promise<Host> {
  const path = fileURLToPath(new URL('dist/server/payment/main.js', packageRoot))
  const child = fork(path, [], {
    env: {
      ...process.env,
      ...{ PAYMENT_HOST: name, PAYMENT_VERSION: version, PAYMENT_LEDGER: ledger },
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [],
  })
  const late = AbortSignal.timeout(START_WITHIN_MS)
  const [{ port }] = (await once(child, 'message', { signal: late }).catch((error) => {
    child.kill('SIGKILL')
    throw new Error(`${name} did not start`, { cause: error })
  })) as [{ port: number }]
  return { name, url: `http://127.0.0.1:${port}`, child }
}

async function end({ child }: Host): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const forced = setTimeout(() => child.kill('SIGKILL'), START_WITHIN_MS)
  await exited
  clearTimeout(forced)
}

/** Counts how often the right finding comes first, over seeded runs. */
import { appendFileSync } from 'node:fs'
import { FAULTS, type FaultName } from '../../server/faults.ts'
import { type Found, placeOf } from './answers.ts'

/** Two faults of different services or kinds. */
const BOTH: FaultName[][] = [
  ['slow-bank', 'exhausted-pool'],
  ['missing-index', 'slow-disk'],
  ['bad-version', 'slow-product'],
  ['broken-cache', 'lock-contention'],
  ['busy-payments', 'slow-host'],
]

/** Flags of both benchmarks. */
export const RUN_FLAGS = {
  'first-seed': { type: 'string', default: '1' },
  /** Names of faults, separated by commas. */
  faults: { type: 'string', default: FAULTS.map(({ name }) => name).join(',') },
  /** Pairs of faults instead. */
  both: { type: 'boolean', default: false },
  /** Pairs of healthy windows instead. */
  healthy: { type: 'string', default: '0' },
  /** A file that gets a line of JSON for each run. */
  log: { type: 'string' },
  /** Keeps the store here. */
  data: { type: 'string' },
} as const

/** The seeds and the faults of the runs. */
export function runsOf(values: {
  seeds: string
  'first-seed': string
  faults: string
  both: boolean
}) {
  const first = Number(values['first-seed'])
  const single = values.faults.split(',').map((name) => [name as FaultName])
  return {
    seeds: Array.from({ length: Number(values.seeds) }, (_, i) => first + i),
    faults: values.both ? BOTH : single,
  }
}

export interface Answered {
  findings: Found[]
  changed: { requests: number[] }
}

interface Scored {
  faults: readonly FaultName[][]
  seeds: readonly number[]
  /** Most runs at a time. */
  atOnce: number
  /** A file that gets a line of JSON for each run. */
  log?: string | undefined
  run(faults: readonly FaultName[], seed: number): Promise<Answered>
}

/** Runs every fault with every seed. Of two faults both must be among the first three. */
export async function scoreFaults({ faults: all, seeds, atOnce, log, run }: Scored) {
  const results = new Map(all.map((faults) => [nameOf(faults), [] as number[]]))
  const jobs = seeds.flatMap((seed) =>
    all.map((faults) => async () => {
      const name = nameOf(faults)
      const answer = await run(faults, seed).catch((error) => {
        show(name, `seed ${seed}: not run: ${error}${error.cause ? `: ${error.cause}` : ''}`)
      })
      if (!answer) return
      const { findings, changed } = answer
      const place = Math.max(...faults.map((fault) => placeOf(fault, findings) || Infinity))
      results.get(name)!.push(place)
      const top = findings.slice(0, 6).map(({ sentence, certain }) => ({ sentence, certain }))
      if (log)
        appendFileSync(log, `${JSON.stringify({ name, seed, place, ...changed, findings: top })}\n`)
      if (place > mostOf(faults))
        show(name, `seed ${seed}: ${place}  ${findings[0]?.sentence ?? 'nothing'}`)
    }),
  )
  await inTurns(jobs, atOnce)
  let [right, runs] = [0, 0]
  for (const faults of all) {
    const places = results.get(nameOf(faults))!
    const good = places.filter((place) => place <= mostOf(faults)).length
    right += good
    runs += places.length
    const where = faults.length > 1 ? 'among three' : 'first'
    show(nameOf(faults), `${where} in ${good} of ${places.length}`)
  }
  show('all', `${right} of ${runs}: ${((100 * right) / runs).toFixed(1)} %`)
}

const nameOf = (faults: readonly FaultName[]) => faults.join(' and ')
const mostOf = (faults: readonly FaultName[]) => (faults.length > 1 ? 3 : 1)

export const show = (name: string, text: string) => console.log(`${name.padEnd(34)}${text}`)

/** Runs all jobs, at most `atOnce` at a time. */
export async function inTurns(jobs: readonly (() => Promise<void>)[], atOnce: number) {
  const left = [...jobs]
  const worker = async () => {
    for (let job = left.shift(); job; job = left.shift()) await job()
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

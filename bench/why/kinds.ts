/** How often `why` names the faulty service of a random system first, without a store. */
// npx tsx bench/why/kinds.ts [--seeds 10] [--first-seed 1] [--faults a,b] [--healthy 20] [--window 60] [--rate 10]
import { parseArgs } from 'node:util'
import { analyse } from '../../cli/why/analyse.ts'
import { QUALIFIERS } from './answers.ts'
import { rowsOf } from './rows.ts'
import { show } from './score.ts'
import { runSystem, SYSTEM_FAULTS, type SystemFault } from './system.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '10' },
    'first-seed': { type: 'string', default: '1' },
    faults: { type: 'string', default: SYSTEM_FAULTS.join(',') },
    healthy: { type: 'string', default: '0' },
    /** Seconds of each window. */
    window: { type: 'string', default: '60' },
    /** Requests per second. */
    rate: { type: 'string', default: '10' },
    /** Prints the first findings of runs that are not right. */
    verbose: { type: 'boolean', default: false },
  },
})
const seeds = Array.from(
  { length: Number(values.healthy) || Number(values.seeds) },
  (_, i) => Number(values['first-seed']) + i,
)
const [seconds, rate] = [Number(values.window), Number(values.rate)]

async function find(seed: number, fault?: SystemFault) {
  const run = { seed, seconds: [seconds, seconds], rates: [rate, rate] } as const
  const { spans, right } = await runSystem({
    ...{ seed, seconds: [...run.seconds], rates: [...run.rates] },
    ...(fault && { fault }),
  })
  return { right, findings: analyse(rowsOf(spans, seconds * 1000)).findings }
}

const say = ({
  kind,
  service,
  name,
  peer,
  detail,
  certain,
  score,
}: Awaited<ReturnType<typeof find>>['findings'][number]) =>
  `${kind}: ${service} ${name} ${peer ?? ''} ${detail ?? ''} ${certain ? '' : '?'} ${score.toFixed(3)}`

if (Number(values.healthy) > 0) {
  let claimed = 0
  for (const seed of seeds) {
    const { findings } = await find(seed)
    if (findings.length === 0) continue
    claimed++
    show(`healthy ${seed}`, say(findings[0]!))
  }
  show('healthy pairs', `${claimed} of ${seeds.length} with a finding`)
} else {
  const sums = [0, 0, 0]
  for (const fault of values.faults.split(',') as SystemFault[]) {
    const ranks: number[] = []
    for (const seed of seeds) {
      const { right, findings } = await find(seed, fault)
      const services = [
        ...new Set(
          findings.flatMap(({ kind, service }) => (QUALIFIERS.includes(kind) ? [] : [service])),
        ),
      ]
      const rank = 1 + services.findIndex((service) => right.includes(service))
      ranks.push(rank)
      if (rank !== 1 && values.verbose) {
        show(`  ${fault} ${seed}`, `rank ${rank} of ${right}`)
        for (const one of findings.slice(0, 4)) console.log(`      ${say(one)}`)
      }
    }
    const first = ranks.filter((rank) => rank === 1).length
    const three = ranks.filter((rank) => rank > 0 && rank <= 3).length
    sums[0]! += first
    sums[1]! += three
    sums[2]! += ranks.length
    show(fault, `first in ${first}, among three in ${three} of ${ranks.length}`)
  }
  const [first, three, all] = sums as [number, number, number]
  show(
    'all',
    `first ${((100 * first) / all).toFixed(1)} %, among three ${((100 * three) / all).toFixed(1)} %`,
  )
}

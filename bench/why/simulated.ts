/** How often `why` finds a planted fault first, and what it costs. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { analyse } from '../../cli/why/analyse.ts'
import { type Faults, LINES, makeTraces, OPERATIONS, randomFrom } from '../../cli/why/fixture.ts'

const RUNS = 20
const HEALTHY = 100
const REQUESTS = 400

const FAULTS: [name: string, faults: Faults, first: string][] = [
  ['slow statement', { slowSelect: 8 }, 'shop SELECT products'],
  ['slow for every fourth', { slowFourth: 40 }, 'shop SELECT products'],
  ['waiting between', { waiting: 40 }, 'payment charge'],
  ['statement in a loop', { selects: 16 }, 'shop SELECT products'],
  ['errors', { failing: 3 }, 'payment charge'],
  ['early return', { early: 2 }, 'shop list'],
  ['processor', { paymentTimes: 5, waiting: 8 }, 'payment '],
]

function findings(faults: Faults, seed: number) {
  const random = randomFrom(seed * 7919)
  const before = makeTraces(REQUESTS, false, random)
  const rows = [...before, ...makeTraces(REQUESTS, true, random, faults)]
  return analyse({ rows, operations: OPERATIONS, lines: LINES }).findings
}

const placeOf = ({ service, name }: { service: string; name: string }) => `${service} ${name}`
const seeds = (count: number) => Array.from({ length: count }, (_, i) => i + 1)
const print = (name: string, value: string) => console.log(`${name.padEnd(28)}${value}`)

for (const [name, faults, first] of FAULTS) {
  const right = seeds(RUNS).filter((seed) => {
    const [one] = findings(faults, seed)
    return one !== undefined && placeOf(one) === first
  })
  print(name, `first in ${right.length} of ${RUNS}`)
}
const both = seeds(RUNS).filter((seed) => {
  const top = findings({ slowSelect: 8, failing: 3 }, seed).slice(0, 3).map(placeOf)
  return top.includes('shop SELECT products') && top.includes('payment charge')
})
print('two faults at once', `both among three in ${both.length} of ${RUNS}`)
const claimed = seeds(HEALTHY).filter((seed) => findings({}, seed + 1000).length > 0)
print('healthy pairs', `${claimed.length} of ${HEALTHY} with a finding`)

for (const traces of [5_000, 25_000]) {
  const random = randomFrom(traces)
  const rows = [
    ...makeTraces(traces, false, random, { selects: 8 }),
    ...makeTraces(traces, true, random, { selects: 8 }),
  ]
  const spans = rows.reduce((sum, { ids }) => sum + ids.length, 0)
  const cpu = process.cpuUsage()
  analyse({ rows, operations: OPERATIONS, lines: LINES })
  const { user, system } = process.cpuUsage(cpu)
  const memory = `${Math.round(process.memoryUsage().rss / 1e6)} MB`
  print(
    `${spans.toLocaleString('en-US')} spans`,
    `${((user + system) / 1e6).toFixed(1)} s CPU, ${memory} RSS`,
  )
}

// A folder of labelled faults has its own scorer, which runs the built command.
const [folder] = process.argv.slice(2)
if (folder !== undefined) {
  const command = [join(folder, 'score.mjs'), process.execPath, 'dist/cli/main.js']
  spawnSync(process.execPath, [...command, '--faults', folder], { stdio: 'inherit' })
}

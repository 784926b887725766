/** Cost of functions on the texts and arrays that are worst for them (OTRACE_LONG=1). */
import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { removeFolder } from '../../../test/folder.ts'
import { killed } from '../../../test/killed.ts'
import { ALLOWED_FUNCTIONS } from './allowed-functions.ts'
import { verdictOn } from './allowed-names.ts'

const text = (n: number, piece = 'a') => `materialize(repeat('${piece}', ${n}))`
const list = (n: number) => `materialize(range(toUInt64(${n})))`
const hashes = (n: number) =>
  `materialize(arrayMap(x -> cityHash64(x) % 1000003, range(toUInt64(${n}))))`
const dict = (n: number, first = 0) =>
  `materialize(mapFromArrays(arrayMap(x -> toString(x + ${first}), range(toUInt64(${n}))), range(toUInt64(${n}))))`
const nested = (n: number, open: string, close: string) =>
  `concat(${text(n, open)}, '1', ${text(n, close)})`
/** It looks for its longest match at each position. */
const GREEDY = "'a(?:a*b)?'"
/** Combining marks in the wrong order: sorting them is quadratic. */
const MARKS = '\u0301\u0327'

const CALLS: Record<string, (n: number) => string> = {
  arrayBottomK: (n) => `arrayBottomK(toUInt64(${n} / 2), ${hashes(n)})`,
  arrayEnumerateUniqRanked: (n) => `arrayEnumerateUniqRanked(arrayMap(x -> [x, x], ${list(n)}))`,
  arrayFold: (n) =>
    `arrayFold((made, x) -> arrayPushBack(made, x), ${list(n)}, emptyArrayUInt64())`,
  arrayIntersect: (n) => `arrayIntersect(${hashes(n)}, ${hashes(n)})`,
  arrayJaccardIndex: (n) => `arrayJaccardIndex(${hashes(n)}, ${list(n)})`,
  arrayPartialSort: (n) => `arrayPartialSort(toUInt64(${n} / 2), ${hashes(n)})`,
  arrayROCAUC: (n) => `arrayROCAUC(${hashes(n)}, arrayMap(x -> x % 2, ${list(n)}))`,
  arrayReduceInRanges: (n) =>
    `arrayReduceInRanges('sum', arrayMap(x -> (x, ${n}), ${list(n)}), ${list(n)})`,
  arrayShingles: (n) => `arrayShingles(${list(n)}, 100)`,
  arraySymmetricDifference: (n) => `arraySymmetricDifference(${hashes(n)}, ${list(n)})`,
  arrayTopK: (n) => `arrayTopK(toUInt64(${n} / 2), ${hashes(n)})`,
  arrayUnion: (n) => `arrayUnion(${hashes(n)}, ${list(n)})`,
  mapAdd: (n) => `mapAdd(${dict(n)}, ${dict(n, 5e6)})`,
  mapConcat: (n) => `mapConcat(${dict(n)}, ${dict(n, 5e6)})`,
  mapContainsKeyLike: (n) => `mapContainsKeyLike(${dict(n)}, '%a%b%c')`,
  mapPopulateSeries: (n) => `mapPopulateSeries(map(toUInt64(1), 1), toUInt64(${n}))`,
  mapSort: (n) => `mapSort(${dict(n)})`,
  mapSubtract: (n) => `mapSubtract(${dict(n)}, ${dict(n, 5e6)})`,
  mapUpdate: (n) => `mapUpdate(${dict(n)}, ${dict(n, 5e6)})`,
  bitmapTransform: (n) =>
    `bitmapTransform(bitmapBuild(${list(n)}), range(toUInt64(${n})), range(toUInt64(${n})))`,
  caseFoldUTF8: (n) => `caseFoldUTF8(${text(n, MARKS)})`,
  countMatches: (n) => `countMatches(${text(n)}, ${GREEDY})`,
  countSubstrings: (n) => `countSubstrings(${text(n)}, concat(${text(n / 2)}, 'b'))`,
  cutURLParameter: (n) =>
    `cutURLParameter(concat('http://a.b/?', ${text(n, 'a=b&')}), ['a', 'b', 'c'])`,
  decodeHTMLComponent: (n) => `decodeHTMLComponent(${text(n, '&amp')})`,
  extractAll: (n) => `extractAll(${text(n)}, ${GREEDY})`,
  extractAllGroupsVertical: (n) => `extractAllGroupsVertical(${text(n)}, 'a(a*b)?')`,
  extractKeyValuePairs: (n) => `extractKeyValuePairs(${text(n, 'a:b,')})`,
  hasPhrase: (n) => `hasPhrase(${text(n, 'a ')}, concat(repeat('a ', toUInt64(${n} / 2)), 'b'))`,
  hasSubsequence: (n) => `hasSubsequence(${text(n)}, ${text(n)})`,
  highlight: (n) => `highlight(${text(n)}, [concat(repeat('a', toUInt64(${n} / 2)), 'b')])`,
  JSON_QUERY: (n) => `JSON_QUERY(concat('[', ${text(n, '[1],')}, '1]'), '$[*]')`,
  JSON_VALUE: (n) => `JSON_VALUE(concat('[', ${text(n, '[1],')}, '1]'), '$[*][*][*]')`,
  JSONExtractKeysAndValuesRaw: (n) => `JSONExtractKeysAndValuesRaw(toJSONString(${dict(n)}))`,
  JSONMergePatch: (n) => `JSONMergePatch(toJSONString(${dict(n)}), toJSONString(${dict(n, 5e6)}))`,
  initcapUTF8: (n) => `initcapUTF8(${text(n, '\u03a3\u0327')})`,
  isValidJSON: (n) => `isValidJSON(${nested(n, '[', ']')})`,
  like: (n) => `like(${text(n)}, '%a%a%a%a%a%a%a%b')`,
  lowerUTF8: (n) => `lowerUTF8(${text(n, '\u03a3\u0327')})`,
  naturalSortKey: (n) => `naturalSortKey(${text(n, '1a')})`,
  ngramDistance: (n) => `ngramDistance(${text(n)}, ${text(n)})`,
  normalizeQuery: (n) => `normalizeQuery(${text(n, '1, ')})`,
  normalizeUTF8NFC: (n) => `normalizeUTF8NFC(${text(n, MARKS)})`,
  normalizeUTF8NFKD: (n) => `normalizeUTF8NFKD(${text(n, MARKS)})`,
  position: (n) => `position(${text(n)}, concat(${text(n / 2)}, 'b'))`,
  positionCaseInsensitiveUTF8: (n) =>
    `positionCaseInsensitiveUTF8(${text(n)}, concat(${text(n / 2)}, 'b'))`,
  prettyPrintJSON: (n) => `prettyPrintJSON(${nested(n, '[', ']')})`,
  removeDiacriticsUTF8: (n) => `removeDiacriticsUTF8(${text(n, MARKS)})`,
  replaceRegexpAll: (n) => `replaceRegexpAll(${text(n)}, ${GREEDY}, 'c')`,
  reverseBySeparator: (n) => `reverseBySeparator(${text(n, '1.')})`,
  simpleJSONExtractRaw: (n) => `simpleJSONExtractRaw(${nested(n, '{"a":', '}')}, 'a')`,
  sparseGrams: (n) => `sparseGrams(${text(n)}, 3, ${n})`,
  splitByRegexp: (n) => `splitByRegexp(${GREEDY}, ${text(n)})`,
  stringJaccardIndexUTF8: (n) => `stringJaccardIndexUTF8(${text(n)}, ${text(n)})`,
  tokenizeQuery: (n) => `tokenizeQuery(${text(n, '/* ')})`,
  URLHierarchy: (n) => `URLHierarchy(concat('http://a.b', ${text(n, '/a')}))`,
  wordShingleMinHash: (n) => `wordShingleMinHash(${text(n, 'ab ')}, 25, 25)`,
}

/**
 * Spans need them. Such a statement keeps its thread, gives up its slot, and is reported (running.ts). A needle or an
 * expression of a person is short: the product of both lengths is large for texts of 100 kB in texts of 100 kB.
 */
const NEEDED = new Set(
  `countSubstrings countSubstringsCaseInsensitive countSubstringsCaseInsensitiveUTF8 extractAll hasAll hasAny
   hasTokenCaseInsensitive hasTokenCaseInsensitiveOrNull like locate multiSearchAny multiSearchAnyCaseInsensitive
   multiSearchAnyCaseInsensitiveUTF8 multiSearchAnyUTF8 position positionCaseInsensitive positionCaseInsensitiveUTF8
   positionUTF8 replaceAll replaceOne replaceRegexpAll`.split(/\s+/),
)

const SIZES = [5_000, 20_000, 80_000]
/** Four times the size may take this many times as long, once that is noticed. */
const MOST_GROWTH = 9
const NOTICED_MS = 300
/** The engine's limit, and how long after it a statement may go on. */
const LIMIT_S = 3
const LONGEST_MS = 20_000

const folder = mkdtempSync(join(tmpdir(), 'otrace-cost-'))
const script = join(folder, 'child.cjs')
writeFileSync(
  script,
  `const { Session } = require(${JSON.stringify(createRequire(import.meta.url).resolve('chdb'))})
const session = new Session(process.argv[2])
session.query('SET max_execution_time = ${LIMIT_S}, max_memory_usage = 2000000000, max_threads = 1')
process.on('message', (statement) => {
  const began = process.cpuUsage()
  let error
  try { session.query(statement, 'Null') } catch (failure) { error = String(failure.message) }
  const { user, system } = process.cpuUsage(began)
  process.send({ ms: (user + system) / 1000, error })
})
process.send({})`,
)
let child: ChildProcess | undefined
let started = 0
afterAll(async () => {
  await killed(child)
  removeFolder(folder)
})

/** Runs a statement in a process of its own, which is killed if the engine does not end it. CPU time in ms. */
async function run(statement: string): Promise<{ ms: number; error?: string } | undefined> {
  if (!child) {
    child = fork(script, [join(folder, String(started++))], { stdio: 'ignore', execArgv: [] })
    await new Promise((resolve) => child!.once('message', resolve))
  }
  const one = child
  return new Promise((resolve) => {
    const timer = setTimeout(() => one.kill('SIGKILL'), LONGEST_MS)
    one.once('exit', () => {
      clearTimeout(timer)
      child = undefined
      resolve(undefined)
    })
    one.once('message', (answer) => {
      clearTimeout(timer)
      one.removeAllListeners()
      resolve(answer as { ms: number; error?: string })
    })
    one.send(statement)
  })
}

/** Arguments of every kind, `n` long; a function takes those whose types it takes. */
const ARGUMENTS: ((n: number) => string)[] = [
  (n) => text(n),
  (n) => `materialize(concat(repeat('a', toUInt64(${n} / 2)), 'b'))`,
  (n) => `concat(repeat('a', toUInt64(${n} / 2)), 'b')`,
  (n) => text(n / 11, 'a1 ,/?&={"['),
  (n) => `materialize(toUInt64(${n}))`,
  () => '3',
  list,
  (n) => `materialize(arrayMap(x -> toString(x), range(toUInt64(${n}))))`,
  hashes,
  dict,
  () => GREEDY,
  (n) => `arrayMap(x -> (x, toUInt64(${n})), ${list(n)})`,
  (n) => `arrayMap(x -> [x, x], ${list(n)})`,
  (n) => `bitmapBuild(${list(n)})`,
]
const LAMBDAS = ['x -> x', '(x, y) -> x', 'x -> x > 5', '(x, y) -> x > y', '(x, y, z) -> x']
/** Arguments that are combined in threes: 14 kinds are 2,744 calls. */
const MOST_IN_THREES = 8
const WRONG_COUNT = /NUMBER_OF_ARGUMENTS|TOO_FEW_ARG|TOO_MANY_ARG/

function* callsOf(name: string, count: number): Generator<(n: number) => string> {
  const kinds = count < 3 ? ARGUMENTS : ARGUMENTS.slice(0, MOST_IN_THREES)
  const lists = ARGUMENTS.slice(6, 10)
  const combine = (left: number, from: typeof kinds): ((n: number) => string)[] => {
    if (left === 0) return [() => '']
    const rest = combine(left - 1, from)
    return from.flatMap((first) => rest.map((more) => (n: number) => `${first(n)}, ${more(n)}`))
  }
  const call = (args: string) => `SELECT ignore(\`${name}\`(${args.replace(/, $/, '')}))`
  for (const args of combine(count, kinds)) yield (n) => call(args(n))
  for (const lambda of LAMBDAS)
    for (const args of combine(count - 1, lists)) yield (n) => call(`${lambda}, ${args(n)}`)
}

/** Whether a call takes more than linear time, and enough of it to matter; true as well for one that does not end. */
async function isCostly(call: (n: number) => string): Promise<boolean> {
  const tiny = await run(call(8))
  if (tiny?.error !== undefined) return false
  let before: number | undefined
  for (const n of [10_000, 40_000, 160_000]) {
    const ran = await run(call(n))
    if (!ran) return true
    if (ran.error !== undefined && n < 160_000) return false
    if (before !== undefined && (ran.ms < 25 || ran.ms < before * 6)) return false
    before = ran.ms
  }
  return true
}

// It takes half an hour.
test.runIf(process.env.OTRACE_LONG)(
  'OTRACE_LONG=1: every allowed function takes linear time for arguments of every kind, unless spans need it',
  { timeout: 4 * 3_600_000 },
  async () => {
    const found: string[] = []
    for (const { names } of ALLOWED_FUNCTIONS)
      for (const name of names.trim().split(/\s+/)) {
        if (NEEDED.has(name)) continue
        for (const count of [1, 2, 3]) {
          const tried = await run(`SELECT \`${name}\`(${Array(count).fill("'a'").join(', ')})`)
          if (tried?.error !== undefined && WRONG_COUNT.test(tried.error)) continue
          for (const call of callsOf(name, count))
            if (await isCostly(call)) found.push(call(10_000))
        }
      }
    expect(found).toEqual([])
  },
)

test.runIf(process.env.OTRACE_LONG)(
  'OTRACE_LONG=1: functions of more than linear cost are refused, unless spans need them',
  { timeout: 3_600_000 },
  async () => {
    const costly: string[] = []
    for (const [name, call] of Object.entries(CALLS)) {
      let before: number | undefined
      for (const n of SIZES) {
        const ran = await run(`SELECT ignore(${call(n)})`)
        const isGrown =
          before !== undefined && ran && ran.ms > NOTICED_MS && ran.ms > before * MOST_GROWTH
        // A statement that heeds its limits does not block others.
        if (!ran || (isGrown && ran.error === undefined)) costly.push(name)
        if (!ran || isGrown || ran.error !== undefined) break
        before = Math.max(ran.ms, 5)
      }
    }
    const allowed = [...new Set(costly)].filter((name) => verdictOn(name) === 'allowed')
    expect(allowed.filter((name) => !NEEDED.has(name))).toEqual([])
  },
)

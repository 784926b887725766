/** Every function of the engine, called with paths, structures and code. */
import { createHash } from 'node:crypto'
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { Session } from 'chdb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { removeFolder } from '../../../test/folder.ts'
import { type Collector, start } from '../../main.ts'
import { ALLOWED_AGGREGATES } from './allowed-aggregates.ts'
import { ALLOWED_FUNCTIONS } from './allowed-functions.ts'
import { TABLE_FUNCTIONS, verdictOn } from './allowed-names.ts'
import { ALIASES, verdictOnTyped } from './function-verdict.ts'
import { REFUSED_FUNCTIONS } from './refused-functions.ts'

const folder = mkdtempSync(join(tmpdir(), 'otrace-functions-'))
const SECRET = 'XYZ5SECRET'
const canary = join(folder, 'canary')
/** Of the engine's version and the allowed functions that were all called. */
const ASKED = 'e54fddaf1d043cf8851499eafa93f2f7e0b9d5b73451a4d88c5cf82453022474'
const LONG_AGO = new Date('2001-01-01T00:00:00Z')
let calls = 0
const listener = createServer((socket) => {
  calls++
  socket.destroy()
})
let port: number
let collector: Collector
let functions: string[]
let aggregates: string[]
let tableFunctions: string[]

beforeAll(async () => {
  writeFileSync(canary, zoneFile(SECRET))
  mkdirSync(join(folder, 'directory'))
  mkdirSync(join(folder, 'names'))
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  port = (listener.address() as AddressInfo).port
  collector = await start({ dataDir: join(folder, 'data'), receive: false })
  const names = async (sql: string) => (await ask(sql)).text.trim().split('\n')
  const own = "FROM system.functions WHERE alias_to = '' AND origin = 'System'"
  functions = await names(`SELECT name ${own} AND NOT is_aggregate ORDER BY name`)
  aggregates = await names(`SELECT name ${own} AND is_aggregate ORDER BY name`)
  tableFunctions = await names('SELECT name FROM system.table_functions ORDER BY name')
})
afterAll(async () => {
  await collector.stop()
  listener.close()
  removeFolder(folder)
})

test('each function of the engine is either allowed or refused with a reason', () => {
  const unjudged = [...functions, ...aggregates].filter((name) => verdictOn(name) === undefined)
  expect(unjudged).toEqual([])
})

test('each name on a list is a function of the engine, and on one list only', () => {
  const listed = [...ALLOWED_FUNCTIONS, ...ALLOWED_AGGREGATES, ...REFUSED_FUNCTIONS].flatMap(
    ({ names }) => names.trim().split(/\s+/),
  )
  const known = new Set([...functions, ...aggregates])
  expect(listed.filter((name) => !known.has(name))).toEqual([])
  expect(listed.filter((name, i) => listed.indexOf(name) !== i)).toEqual([])
})

test('each alias of an allowed function is known by its typed name', async () => {
  const sql = `SELECT name || ' ' || alias_to FROM system.functions
    WHERE alias_to != '' AND NOT is_aggregate AND origin = 'System' ORDER BY name`
  const aliases = (await ask(sql)).text
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
  const allowed = aliases.filter(([, name]) => verdictOn(name!) === 'allowed')
  expect(allowed.map(([alias]) => alias)).toEqual(ALIASES.trim().split(/\s+/))
  const isAllowed = (name: string) => /^(?:function|aggregate)$/.test(`${verdictOnTyped(name)}`)
  const refused = aliases.filter(([, name]) => verdictOn(name!) !== 'allowed')
  expect(refused.filter(([alias]) => isAllowed(alias!))).toEqual([])
  const named = [...functions, ...aggregates]
  const differ = named.filter((name) => (verdictOn(name) === 'allowed') !== isAllowed(name))
  expect(differ).toEqual([])
})

describe('no call reads the canary, writes a file, or reaches the listener', () => {
  let links = 0
  /** The canary by a new name, because the engine reads a time zone once. */
  function freshName(): string {
    const name = join(folder, 'names', String(links++))
    linkSync(canary, name)
    return name
  }

  /** The canary in each place and dress in which a function may take a text. */
  function lists(all = process.env.OTRACE_LONG !== undefined): string[] {
    const canary = freshName()
    const file = `'${canary}'`
    const zone = `'file:${canary}'`
    const code = `'groupConcat((SELECT line FROM file(''${canary}'', ''LineAsString'') SETTINGS readonly = 0))'`
    const structure = `'a String DEFAULT file(''${canary}'')'`
    const url = `'http://127.0.0.1:${port}/'`
    const time = 'toDateTime(0)'
    const few = [[file], [time, zone], [code, "['a', 'b']"]]
    const many = [
      [structure, "'a'"],
      [url, "'LineAsString'"],
      ["'day'", time, time, zone],
      [zone],
      ['1', zone],
      [time, zone, zone],
      [time, '1', zone],
      [time, 'toIntervalDay(1)', zone],
      [time, 'toIntervalDay(1)', time, zone],
      [time, "'%Y'", zone],
      ["'2020-01-01 00:00:00'", "'%Y-%m-%d %H:%i:%s'", zone],
      ['2020', '1', '1', '1', '1', '1', zone],
      ['2020', '1', '1', '1', '1', '1', '1', '3', zone],
      ['1', `'DateTime(''file:${canary}'')'`],
      ["'{}'", "'a'", `'DateTime(''file:${canary}'')'`],
      [`'AggregateFunction(${code.slice(1, -1).replaceAll("'", "''")}, String)'`],
      ["'a'", `'AggregateFunction(${code.slice(1, -1)}, String)'`],
      [code, '[(1, 2)]', "['a', 'b']"],
      [code, "'a'"],
      [structure, "'m'"],
      ["'CSV'", structure, "'1'"],
      [url, "'TSV'", "'a String'"],
      [`'127.0.0.1:${port}'`, "'system'", "'one'"],
      [`'127.0.0.1:${port}'`, "'d'", "'t'", "'u'", "'p'"],
      [file, "'t'"],
      ["'Template'", file],
      ["'d'", "'a'", '1'],
    ]
    return [...few, ...(all ? many : [])].map((args) => args.join(', '))
  }

  async function expectUntouched(statement: string): Promise<void> {
    const { text } = await ask(statement)
    // An error may repeat the statement, but never what the file says.
    if (text.includes(SECRET) || calls > 0) expect.unreachable(`${statement}\n${text}`)
    if (statSync(canary).atimeMs !== LONG_AGO.getTime()) {
      utimesSync(canary, LONG_AGO, LONG_AGO)
      expect.unreachable(`the canary was read: ${statement}`)
    }
  }

  test('a read of the canary is noticed', () => {
    utimesSync(canary, LONG_AGO, LONG_AGO)
    readFileSync(canary)
    expect(statSync(canary).atimeMs).not.toBe(LONG_AGO.getTime())
  })

  /** Whether the engine itself, without our check, reads the canary. */
  function readsCanary(session: Session, statement: string): boolean {
    try {
      session.query(statement)
    } catch {
      // Most refuse these arguments.
    }
    if (statSync(canary).atimeMs === LONG_AGO.getTime()) return false
    utimesSync(canary, LONG_AGO, LONG_AGO)
    return true
  }

  // The endpoint runs what it accepts as it stands. So a call that harms nothing in the engine itself harms nothing
  // there either, and takes a tenth of the time. What the allowed ones do in an engine that is the same does not
  // change: those of times, zones and code, and one in eight, show that it is noticed. OTRACE_LONG=1: every place and
  // dress, all through the endpoint.
  test('functions, aggregate functions and table functions', { timeout: 7_200_000 }, async () => {
    utimesSync(canary, LONG_AGO, LONG_AGO)
    const session = new Session(join(folder, 'data/clickhouse'))
    session.query('SET max_execution_time = 5')
    const isLong = process.env.OTRACE_LONG !== undefined
    const isAllowed = (name: string) => verdictOn(name) === 'allowed'
    const { text: version } = await ask('SELECT version()')
    const allowed = [...functions, ...aggregates].filter(isAllowed)
    const known = createHash('sha256')
      .update([version.trim(), ...allowed].join())
      .digest('hex')
    const isAsked = (name: string, nth: number) =>
      known !== ASKED || nth % 8 === 0 || /^to|time|date|zone|reduce|initialize/i.test(name)
    const reading = new Set<string>()
    for (let i = 0; i < lists().length; i++) {
      for (const [nth, name] of [...functions, ...aggregates].entries()) {
        // The listener counts between the statements of the engine itself, which wait for nothing.
        if (nth % 100 === 0) await setImmediate()
        const call = () => `SELECT ${name}(${lists()[i]})`
        if (!isLong && isAllowed(name)) {
          if (!isAsked(name, nth)) continue
          if (!readsCanary(session, call())) continue
          reading.add(name)
        }
        // A refusal depends on the name alone, and the names are judged above: one list, and a name in eight, show it.
        if (isLong || isAllowed(name) || (i === 0 && nth % 8 === 0)) await expectUntouched(call())
        if (isLong && aggregates.includes(name)) await expectUntouched(`${call()}('a')`)
      }
    }
    for (let i = 0; i < lists(true).length; i++) {
      for (const [nth, name] of tableFunctions.entries()) {
        const call = () => `${name}(${lists(true)[i]})`
        const isListed = TABLE_FUNCTIONS.has(name.toLowerCase())
        if (!isLong && !isListed && (i > 0 || nth % 4 > 0)) continue
        if (!isLong && i > 0 && !readsCanary(session, `SELECT * FROM ${call()}`)) continue
        await expectUntouched(`SELECT * FROM ${call()}`)
        await expectUntouched(`SELECT 1 IN ${call()}`)
      }
    }
    session.close()
    await setImmediate()
    expect(known, 'all were asked: write this hash into ASKED').toBe(ASKED)
    if (!isLong) expect([...reading]).toEqual(expect.arrayContaining(['arrayReduce', 'toHour']))
    expect(calls).toBe(0)
    expect(readdirSync(folder).sort()).toEqual(['canary', 'data', 'directory', 'names'])
  })
})

/** A time zone file of one zone. */
function zoneFile(name: string): Buffer {
  const header = (version: string) => {
    const bytes = Buffer.alloc(44)
    bytes.write(`TZif${version}`, 'latin1')
    bytes.writeUInt32BE(1, 36)
    bytes.writeUInt32BE(name.length + 1, 40)
    return bytes
  }
  const body = Buffer.concat([Buffer.alloc(6), Buffer.from(`${name}\0`)])
  return Buffer.concat([header('2'), body, header('2'), body, Buffer.from(`\n<${name}>-1\n`)])
}

async function ask(statement: string): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${collector.addresses.clickhouse}/?max_execution_time=5`, {
    method: 'POST',
    body: statement,
  })
  return { status: answer.status, text: await answer.text() }
}

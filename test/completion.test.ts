/** Completion in real shells, and hints for words too many, with hostile names. */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { otlpSpans } from './live/spans.ts'
import { runHere } from './otrace.ts'
import { rememberingStore } from './remembering-store.ts'
import { runningCollector } from './running-collector.ts'

/** Texts that a shell would run, split, expand or take for a flag. */
const HOSTILE = [
  'x$(touch pwned)y',
  '`touch pwned`',
  "a'; touch pwned; '",
  'a"; touch pwned; "',
  '(touch pwned)',
  'two words',
  '$HOME',
  '*',
  '{a,b}',
  'a\\b',
  '<b>&|;#!',
]
/** Those that cannot stand in one line, or that a shell may read otherwise. */
const UNFIT = ['~', 'a\n(touch pwned)\nb', '\u001b]0;title\u0007', '\u202egnp.exe']
const NOW = '2026-11-22T16:00:00Z'
const { folder, addresses, send } = runningCollector()
const { dataDir } = rememberingStore(addresses)
const queries = join(folder, 'queries')
const work = join(folder, 'work')

beforeAll(async () => {
  for (const path of [queries, work, join(folder, 'bin')]) mkdirSync(path, { recursive: true })
  for (const name of HOSTILE.filter((each) => !each.includes('/'))) {
    writeFileSync(join(queries, `${name}.sql`), '-- Title $(touch pwned)\nSELECT 1\n')
  }
  writeFileSync(
    join(queries, 'zebra.sql'),
    '-- Title $(touch pwned)\n-- @param mode = sound in sound, bad$(touch pwned) - a mode\nSELECT {mode:String} AS mode\n',
  )
  const made = { took: 5, trace: 't', kind: 'server' as const }
  const named = [...HOSTILE, ...UNFIT].map((name, i) => ({
    ...made,
    service: 'odd',
    name,
    id: `o${i}`,
  }))
  const attributes = { 'user.id': 'u-1', 'product.id': 'p:1', 'odd=key': 'yes' }
  const shop = { ...made, service: 'shop', name: 'POST /product/{id}', id: 's', attributes }
  const other = { ...shop, service: 'shop-traffic', id: 't', attributes: { 'user.id': 'u-2' } }
  await send(otlpSpans([shop, other, ...named], Date.parse(NOW) - 60_000))
})

/** The words that `otrace __complete` prints after a line. */
async function offered(line: string, current = '', env = {}, shell = 'bash'): Promise<string[]> {
  const [name = '', ...rest] = line.split(' ')
  // On a busy machine an answer may take longer than a second.
  const patient = /^(?:slow|spans|rps|top|journey|buyers)$/.test(name) ? ['--timeout', '2m'] : []
  const words = line === '' ? [] : [name, ...patient, ...rest]
  const run = await runHere(['__complete', shell, current, '--', ...words], {
    env: { OTRACE_DATA: dataDir, OTRACE_NOW: NOW, OTRACE_QUERIES: queries, ...env },
    cwd: work,
  })
  expect(run).toMatchObject({ exit: 0, stderr: '' })
  return run.stdout.split('\n').filter(Boolean)
}

it.each<[line: string, current: string, words: string[]]>([
  ['', 'slo', ['slow']],
  ['', 'hel', ['help']],
  ['', '__', []],
  ['--queries elsewhere', 'slo', []],
  ['help', 'trac', ['trace']],
  ['slow', '--min-d', ['--min-duration']],
  ['why', '--weig', []],
  ['slow -o', 'nd', ['ndjson']],
  ['slow', '--output=nd', ['--output=ndjson']],
  ['spans --order', 'new', ['newest']],
  ['config', 'in', ['init']],
  ['completion', '', ['bash', 'zsh', 'fish']],
  [
    'shop --fault',
    'slow-',
    ['slow-disk', 'slow-product', 'slow-bank', 'slow-country', 'slow-host'],
  ],
  ['shop --fault slow-disk --fault', 'miss', ['missing-index']],
  ['dashboard', '', ['overview']],
  ['watch --every 2s', 'slo', ['slow']],
  ['watch --every', '', []],
  ['watch slow -o', 'nd', ['ndjson']],
  ['zebra --mode', '', ['sound', 'bad\\$\\(touch\\ pwned\\)']],
  ['slow --service', 's', ['shop', 'shop-traffic']],
  ['slow --service shop --name', '', ['POST\\ /product/\\{id\\}']],
  ['slow --name', 'POST\\ /p', ['POST\\ /product/\\{id\\}']],
  ['slow --attr', 'us', ['user.id=']],
  ['slow --attr', 'user.id=', ['user.id=u-1', 'user.id=u-2']],
  ['slow --attr', '\\"odd=key\\"=', ['\\"odd=key\\"=yes']],
  ['slow --resource', 'service.name=shop-', ['service.name=shop-traffic']],
  ['spans --show', 'product.id,us', ['product.id,user.id']],
  ['top', 'prod', ['product.id']],
  ['rps --by', 'prod', ['product.id']],
  ['top user.id --sum', 'prod', ['product.id']],
  ['journey', '', ['u-1', 'u-2']],
  ['buyers', 'p', ['p:1']],
  ['slow --over', '', []],
  ['nonesuch', '', []],
  ['slow --service', '"sh', ['shop', 'shop-traffic']],
  ['slow --service', "'sh", ['shop', 'shop-traffic']],
  ['slow --service', '"$sh', []],
  ['slow --service odd --name', '"two w', ['two words']],
  ['slow --service odd --name', '"$', []],
  ['slow --service odd --name', '"a', ['a\\"; touch pwned; \\"', "a'; touch pwned; '", 'a\\\\b']],
  ['slow --attr', 'user.id="u-', ['u-1', 'u-2']],
  ['slow --service "shop" --name', 'P', ['POST\\ /product/\\{id\\}']],
  ['slow --where "duration > 1" --service shop --name', 'P', ['POST\\ /product/\\{id\\}']],
])('offers after %j %j', async (line, current, words) => {
  expect(await offered(line, current)).toEqual(words)
})

it('takes the first characters of an id where they stand for one only', async () => {
  const ask = (...args: string[]) =>
    runHere([...args, '--json'], { env: { OTRACE_DATA: dataDir, OTRACE_NOW: NOW } })
  const found = await ask('buyers', 'p')
  expect(found.stderr).toContain('<product-id> p is p:1')
  expect((await ask('journey', 'u-1')).stderr).not.toContain('<user-id>')
  const several = await ask('journey', 'u-')
  expect(several).toMatchObject({ exit: 2, stdout: '' })
  expect(several.stderr).toContain("<user-id> 'u-' could be 2 ids\n  → type more of it: u-1, u-2")
})

it('offers profiles by name, and nothing where a store is not served or a checkout names the server', async () => {
  const home = join(folder, 'home')
  mkdirSync(join(home, 'otrace'), { recursive: true })
  writeFileSync(join(home, 'otrace/config.json'), '{"profiles": {"prod": {}}}', { mode: 0o600 })
  expect(await offered('slow --profile', '', { XDG_CONFIG_HOME: home })).toEqual(['prod'])
  expect(await offered('slow --service', '', { OTRACE_DATA: join(folder, 'unserved') })).toEqual([])
  expect(await offered('slow --service', '', { OTRACE_URL: 'http://127.0.0.1:1' })).toEqual([])
  writeFileSync(
    join(home, 'otrace/config.json'),
    `{"password_command": "touch ${work}/pwned", "url": "http://127.0.0.1:1"}`,
    { mode: 0o600 },
  )
  const env = { OTRACE_DATA: '', XDG_CONFIG_HOME: home }
  expect(await offered('slow --service', '', env)).toEqual([])
  expect(readdirSync(work)).toEqual([])
})

it('offers no command of a hostile name, and says what each command does to fish', async () => {
  const lines = await offered('', '', {}, 'fish')
  expect(lines).toContain('slow\tSlow requests')
  expect(lines).toContain('zebra\tTitle $(touch pwned)')
  for (const line of lines) expect(line).toMatch(/^[a-z][a-z0-9-]*\t/)
})

const hasShell = (shell: string) => spawnSync(shell, ['--version']).status === 0

/** Runs a shell in the empty folder, with an `otrace` that prints what completion offers after `slow --name`. */
async function inShell(shell: string, script: string): Promise<string> {
  const run = await runHere(
    ['__complete', shell, '', '--', 'slow', '--timeout', '2m', '--service', 'odd', '--name'],
    {
      env: { OTRACE_DATA: dataDir, OTRACE_NOW: NOW },
    },
  )
  writeFileSync(join(folder, 'offered'), run.stdout)
  const bin = join(folder, 'bin/otrace')
  writeFileSync(
    bin,
    `#!/bin/sh\ncat "${folder}/offered"\nprintf '%s\\n' "$*" > "${folder}/asked"\necho noise >&2\n`,
  )
  chmodSync(bin, 0o755)
  writeFileSync(join(folder, shell), (await runHere(['completion', shell])).stdout)
  const start = {
    bash: ['--norc', '--noprofile', '-c'],
    zsh: ['-f', '-c'],
    fish: ['--no-config', '-c'],
  }[shell]!
  const { PATH } = process.env
  return execFileSync(shell, [...start, script], {
    encoding: 'utf8',
    cwd: work,
    env: { HOME: folder, XDG_DATA_HOME: folder, PATH: `${join(folder, 'bin')}:${PATH}` },
  })
}

const SCRIPTS: Record<string, string> = {
  bash: `. ../bash; COMP_LINE="otrace slow --name "; COMP_POINT=\${#COMP_LINE}; COMP_WORDS=(otrace slow --name ''); COMP_CWORD=3
    _otrace 2>&1; for word in "\${COMPREPLY[@]}"; do eval "printf '%s\\n' $word"; done`,
  // As _bash_complete does it, with a stand-in for compinit.
  zsh: `autoload -U +X bashcompinit; compdef() {}; bashcompinit; . ../zsh; COMP_WORDS=(otrace slow --name ''); COMP_CWORD=3
    for word in \${(f)"$(compgen -F _otrace -- '')"}; do eval "printf '%s\\n' $word"; done`,
  fish: `source ../fish; for word in (complete -C 'otrace slow --name '); echo $word; end`,
}

for (const shell of ['bash', 'zsh', 'fish']) {
  describe.skipIf(!hasShell(shell))(`${shell}, if it is installed`, () => {
    it('inserts every hostile text as one word, and runs none', async () => {
      const lines = (await inShell(shell, SCRIPTS[shell]!)).split('\n').filter(Boolean)
      expect([...lines].sort()).toEqual([...HOSTILE].sort())
      expect(readdirSync(work)).toEqual([])
    })
  })
}

it.skipIf(!hasShell('bash'))(
  'joins in bash what it splits at = and :, and keeps escaped spaces (needs bash)',
  async () => {
    const at = (line: string, words: string) =>
      `COMP_LINE='${line}'; COMP_POINT=\${#COMP_LINE}; COMP_WORDS=(${words}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _otrace; cat ../asked;`
    const asked = await inShell(
      'bash',
      `. ../bash; ${at('otrace slow --attr a.b=c:d', 'otrace slow --attr a.b = c : d')} ${at('otrace slow --name POST\\ /p', "otrace slow --name 'POST\\ /p'")}`,
    )
    expect(asked).toBe(
      '__complete bash a.b=c:d -- slow --attr\n__complete bash POST\\ /p -- slow --name\n',
    )
  },
)

it.each([
  ['slow shpo', 'did you mean --service shop?'],
  ['slow product', "did you mean --name 'POST /product/{id}'?"],
  ['slow --name a POST /product', "quote what has spaces: --name 'a POST'"],
  ['slow POST /product', "did you mean --name 'POST /product/{id}'?"],
  ['slow b', 'did you mean --service b, or --name b?'],
])('a word too many names what is stored: %s', async (line, hint) => {
  const { stderr } = await runHere([...line.split(' '), '--timeout', '2m'], {
    env: { OTRACE_DATA: dataDir, OTRACE_NOW: NOW },
  })
  expect(stderr).toContain(hint)
})

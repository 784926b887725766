/** The CI files, and the check files of the documentation: they parse, and name what exists. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { readCheckFile } from '../../cli/gate/file/check-file.ts'
import { packageRoot } from '../../package.ts'
import { runHere } from '../../test/otrace.ts'

const read = (path: string) => readFileSync(new URL(path, packageRoot), 'utf8')
const strict = (path: string) => parse(read(path), { strict: true, uniqueKeys: true })
const github = strict('compose/ci/github.yaml')
const { gate } = strict('compose/ci/gitlab.yaml')
const steps = Object.values<{ steps: { uses?: string; run?: string }[] }>(github.jobs).flatMap(
  (job) => job.steps,
)
const scripts = [...steps.flatMap(({ run }) => run ?? []), ...(gate.script as string[])]

describe('the GitHub workflow', () => {
  it('reads the repository only, within a time limit', () => {
    expect(github.permissions).toEqual({ contents: 'read' })
    for (const job of Object.values<Record<string, unknown>>(github.jobs)) {
      expect(job['timeout-minutes']).toBeLessThanOrEqual(30)
    }
  })

  it('uses the same versions of actions as the workflow of this repository', () => {
    const own = read('.github/workflows/ci.yaml').match(/actions\/[\w-]+@v\d+/g)!
    expect(steps.flatMap(({ uses }) => uses ?? []).filter((one) => !own.includes(one))).toEqual([])
  })
})

it('the GitLab job keeps the reports that otrace writes, also of a failed gate', () => {
  const { when, reports } = gate.artifacts
  expect(when).toBe('always')
  expect(gate.script.at(-1)).toContain(`--junit ${reports.junit} --gitlab ${reports.codequality}`)
})

it.each(scripts)('%s is a command with flags that exist', async (script) => {
  execFileSync('bash', ['-n', '-c', script])
  const words = /^npx otrace (\w+) (.*?) -- /.exec(script)
  if (!words) return
  const { stdout } = await runHere(['help', words[1]!])
  for (const flag of words[2]!.match(/--[\w-]+/g) ?? []) expect(stdout).toContain(`${flag} `)
})

it.each(['checks.yaml', 'slower.yaml'])('compose/ci/%s is a check file', (file) => {
  expect(readCheckFile(file, read(`compose/ci/${file}`)).checks.length).toBeGreaterThan(0)
  expect(read('docs/gates.md')).toContain(`compose/ci/${file}`)
})

it.each(['README.md', 'docs/gates.md', 'docs/checks.md'])('the check files of %s', (path) => {
  const blocks = [...read(path).matchAll(/^```yaml\n(.*?)^```/gms)].map(([, block]) => block!)
  const files = blocks.filter((block) => /^checks:/m.test(block))
  expect(files.length).toBeGreaterThan(0)
  for (const file of files) expect(() => readCheckFile(path, file)).not.toThrow()
})

it('ten lines of the README suffice to add a gate to a repository', () => {
  const section = /^## A gate in CI\n(.*?)^## /ms.exec(read('README.md'))![1]!
  expect(section.trim().split('\n').filter(Boolean).length).toBeLessThanOrEqual(10)
  expect(section).toContain('npx otrace run --check -- npm test')
})

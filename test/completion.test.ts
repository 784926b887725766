/** The bash script, loaded in a real bash, completes what a user would type next. */
import { execFileSync } from 'node:child_process'
import { beforeAll, describe, expect, it } from 'vitest'
import { otrace } from './otrace.ts'

let script: string
beforeAll(async () => {
  script = (await otrace(['completion', 'bash'])).stdout
})

function complete(...words: string[]): string[] {
  const quoted = words.map((word) => `'${word}'`).join(' ')
  const run = `${script}\nCOMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; COMPREPLY=(); _otrace; echo "\${COMPREPLY[@]}"`
  return execFileSync('bash', ['-c', run], { encoding: 'utf8' }).trim().split(/\s+/).filter(Boolean)
}

describe('bash', () => {
  it.each([
    [['otrace', 'sl'], ['slow']],
    [['otrace', 'he'], ['help']],
    [['otrace', 'slow', '--min'], ['--min-duration']],
    [['otrace', 'slow', '-o', 'nd'], ['ndjson']],
    [['otrace', 'rps', '--by', 'http_s'], ['http_status']],
    [['otrace', 'slow', '--service', ''], []],
  ])('%j', (words, expected) => {
    expect(complete(...words)).toEqual(expected)
  })
})

it.each(['zsh', 'fish'])('prints a script for %s', async (shell) => {
  const run = await otrace(['completion', shell])
  expect(run.stdout).toContain('slow')
  expect(run.exit).toBe(0)
})

/** The workflow file and its script. */
import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { packageRoot } from '../package.ts'

const script = fileURLToPath(new URL('.ci/run', packageRoot))

it('the workflow runs .ci/run on each Node version and system, with a read-only token', () => {
  const text = readFileSync(new URL('.github/workflows/ci.yaml', packageRoot), 'utf8')
  const workflow = parse(text, { strict: true, uniqueKeys: true })
  expect(Object.keys(workflow.on).sort()).toEqual(['pull_request', 'push'])
  expect(workflow.permissions).toEqual({ contents: 'read' })
  const { check } = workflow.jobs
  expect(check.strategy.matrix).toEqual({
    os: ['ubuntu-latest', 'macos-latest'],
    node: ['20', '22', '24'],
  })
  expect(check['runs-on']).toBe('${{ matrix.os }}')
  const [checkout, node, run] = check.steps
  expect(checkout.uses).toMatch(/^actions\/checkout@v\d+$/)
  expect(node.uses).toMatch(/^actions\/setup-node@v\d+$/)
  expect(node.with['node-version']).toBe('${{ matrix.node }}')
  expect(run).toEqual({ run: '.ci/run' })
})

it('.ci/run is an executable script that installs, lints, checks and tests', () => {
  expect(statSync(script).mode & 0o111).not.toBe(0)
  execFileSync('bash', ['-n', script])
  const steps = readFileSync(script, 'utf8').match(/^npm .*$/gm)
  expect(steps).toEqual([
    'npm ci',
    'npm run lint',
    'npm run typecheck',
    'npm run dead-code',
    'npm test',
  ])
})

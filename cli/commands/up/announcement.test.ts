/** What `otrace up` says to senders. */
import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { ownName } from '../../output/shell-line.ts'
import { announcement } from './announcement.ts'

const addresses = {
  otlpHttp: 'https://127.0.0.1:4318',
  otlpGrpc: 'https://127.0.0.1:4317',
  clickhouse: 'https://127.0.0.1:8123',
}
const variables = (asked: Partial<Parameters<typeof announcement>[2]>) => {
  const all = { password: false, tls: false, clientCertificate: false, ...asked }
  const text = announcement({ addresses } as never, '/data', all)
  return [...text.matchAll(/^ {2}OTEL_EXPORTER_OTLP_(\w+)=/gm)].map(([, name]) => name)
}

it('prints a header of one line, however long the password is', () => {
  const all = { password: true, tls: false, clientCertificate: false }
  const text = announcement({ addresses } as never, '/data', all)
  const [, header = ''] = /_HEADERS=(.*)$/m.exec(text) ?? []
  const env = { ...process.env, OTRACE_PASSWORD: 'long'.repeat(30) }
  const sent = execFileSync('sh', ['-c', `printf '%s' ${header}`], { env, encoding: 'utf8' })
  const word = Buffer.from(`otrace:${env.OTRACE_PASSWORD}`).toString('base64')
  expect(sent).toBe(`authorization=Basic%20${word}`)
})

it('names the variables that senders need for a password and for TLS', () => {
  expect(variables({})).toEqual(['ENDPOINT', 'PROTOCOL'])
  expect(variables({ password: true })).toEqual(['ENDPOINT', 'PROTOCOL', 'HEADERS'])
  expect(variables({ tls: true, clientCertificate: true })).toEqual([
    'ENDPOINT',
    'PROTOCOL',
    'CERTIFICATE',
    'CLIENT_CERTIFICATE',
    'CLIENT_KEY',
  ])
})

it.each([
  [{}, '/usr/local/bin/otrace', 'otrace'],
  [{}, '/opt/lib/node_modules/otrace/dist/cli/main.js', 'otrace'],
  [{}, '/srv/app/node_modules/.bin/otrace', 'npx otrace'],
  [{ npm_command: 'exec' }, '/cache/_npx/1f/node_modules/.bin/otrace', 'npx otrace'],
  [{ npm_command: 'run-script' }, '/srv/clone/dist/cli/main.js', 'npx otrace'],
  [{}, '/srv/clone/dist/cli/main.js', 'node dist/cli/main.js'],
  [{}, '/srv/a clone/main.js', "node '/srv/a clone/main.js'"],
])('names commands as this one was started: %o %s', (env, script, otrace) => {
  const all = { password: false, tls: false, clientCertificate: false }
  const name = ownName(env, script, '/srv/clone')
  const text = announcement({ addresses } as never, '/data', all, name)
  const typed = ['services', 'slow', 'trace --latest'].map((words) => `${otrace} ${words}`)
  const asked = otrace.length > 6 ? `\n  ${typed.join('\n  ')}` : ` ${typed.join(', ')}.`
  expect(text).toContain(`Ask in another terminal:${asked}\nCtrl-C stops.\n`)
})

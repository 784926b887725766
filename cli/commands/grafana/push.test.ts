/** Errors of a Grafana that does not take a dashboard: no secrets, and one short line. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import type { Dashboard } from './dashboards.ts'
import { push } from './push.ts'

const send = (url: string, token?: string) =>
  push({ uid: 'otrace' } as Dashboard, url, token).then(
    () => '',
    (error: Error) => error.message,
  )

/** The message of an error after this answer. */
async function answered(
  status: number,
  text: string,
  token?: string,
  headers = {},
): Promise<string> {
  const server = createServer((_, response) => response.writeHead(status, headers).end(text))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return send(`http://127.0.0.1:${port}/`, token).finally(() => server.close())
}

it('names the address without its query', async () => {
  expect(await send('http://127.0.0.1:1/grafana?token=s3cretq#s3cretq')).toMatch(
    /^no answer from http:\/\/127\.0\.0\.1:1\/grafana\/: /,
  )
})

it('hides a token that the answer repeats', async () => {
  const code = Buffer.from('s3cretq').toString('base64')
  for (const status of [401, 500]) {
    const text = await answered(status, `no login for s3cretq or ${code}`, 's3cretq')
    expect(text).toContain(`${status} no login for *** or ***`)
  }
})

it('tells a page from an error, and plain HTTP behind https', async () => {
  const page = `<!doctype html>\n<html>${'x'.repeat(500)}`
  expect(await answered(404, page)).toBe('Grafana refused otrace: 404 a web page')
  expect(await answered(200, page)).toMatch(/does not answer like Grafana: a web page$/)
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  const text = await send(`https://127.0.0.1:${port}/`).finally(() => server.close())
  expect(text).toBe(`no answer from https://127.0.0.1:${port}/: this port does not speak TLS`)
})

it('does not follow a redirect, which would look like success', async () => {
  const there = { location: 'http://127.0.0.1:1/login?token=s3cretq' }
  expect(await answered(302, '', 's3cretq', there)).toMatch(
    /^http:\/\/127\.0\.0\.1:\d+\/ redirects to http:\/\/127\.0\.0\.1:1\/login\?token=\*\*\*$/,
  )
})

it('reads only the beginning of an error', async () => {
  const text = await answered(500, 'a'.repeat(2 ** 24))
  expect(text).toBe(`Grafana refused otrace: 500 ${'a'.repeat(200)}`)
})

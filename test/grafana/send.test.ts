/** Dashboards that are sent to a server which answers as Grafana does. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import type { Dashboard } from '../../cli/commands/grafana/dashboards.ts'
import { runHere } from '../otrace.ts'

it('otrace grafana --url sends each dashboard with the token', async () => {
  const asked: { authorization?: string; body: { dashboard: Dashboard; overwrite: boolean } }[] = []
  const grafana = createServer(async (request, response) => {
    const body = JSON.parse((await buffer(request)).toString())
    const { authorization } = request.headers
    asked.push({ ...(authorization ? { authorization } : {}), body })
    const known = authorization === 'Bearer glsa_1' && request.url === '/grafana/api/dashboards/db'
    response.writeHead(known ? 200 : 401, { 'content-type': 'application/json' })
    response.end(JSON.stringify(known ? { url: `/d/${body.dashboard.uid}` } : { message: 'no' }))
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => grafana.once('listening', resolve))
  const url = `http://127.0.0.1:${(grafana.address() as AddressInfo).port}/grafana`
  const sent = await runHere(['grafana', '--url', url, '--token', 'glsa_1'])
  expect(sent.exit).toBe(0)
  expect(sent.stdout.trim().split('\n')).toHaveLength(3)
  expect(asked.map(({ body }) => body.dashboard.uid)).toEqual([
    'otrace-service',
    'otrace-business',
    'otrace-runtime',
  ])
  expect(asked[0]).toMatchObject({ authorization: 'Bearer glsa_1', body: { overwrite: true } })
  const refused = await runHere(['grafana', '--url', url, '--token', 'other'])
  expect(refused.exit).toBe(4)
  expect(refused.stderr).toMatch(/^otrace: Grafana refused the login: 401 .*\n +→ give the token/)
  grafana.close()
  const gone = await runHere(['grafana', '--url', url])
  expect(gone.exit).toBe(3)
})

/** Errors of a connection, as a user reads them. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { get } from 'node:https'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { storeError } from './clickhouse-error.ts'

it('explains https at a port of http', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const error = await new Promise((resolve) =>
    get({ host: '127.0.0.1', port }).on('error', resolve),
  )
  server.close()
  expect(storeError(error, 'the place')).toMatchObject({
    exit: 3,
    message: 'cannot reach ClickHouse at the place: this port does not speak TLS',
    hint: 'use http://',
  })
})

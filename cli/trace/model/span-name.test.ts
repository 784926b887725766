/** Names of HTTP client spans, by the attributes of every generation. */
import { expect, test } from 'vitest'
import { row } from '../../../test/golden/trace/traces.ts'
import { displayName, groupName, operationName } from './span-name.ts'

const client = { at: 0, took: 1, kind: 'client', http_status: 200 }

test.each<[string, string, Record<string, string>, string, string]>([
  [
    'a URL, without its credentials and query',
    'GET',
    { 'url.full': 'https://me:secret@api.example:8443/users/7?token=1#top' },
    'GET api.example:8443/users/7',
    'GET api.example:8443',
  ],
  [
    'an older URL',
    'HTTP GET',
    { 'http.url': 'http://old.example/a' },
    'HTTP GET old.example/a',
    'HTTP GET old.example',
  ],
  [
    'a server, port and path',
    'GET',
    { 'server.address': 'stock', 'server.port': '8080', 'url.path': '/items' },
    'GET stock:8080/items',
    'GET stock:8080',
  ],
  [
    'an older peer, its usual port and target',
    'GET',
    { 'net.peer.name': 'stock', 'net.peer.port': '443', 'http.target': '/items?all=1' },
    'GET stock/items',
    'GET stock',
  ],
  ['a server alone', 'POST', { 'server.address': 'stock' }, 'POST stock', 'POST stock'],
  [
    'a name with the path',
    'GET /items',
    { 'url.full': 'http://stock/items' },
    'GET /items stock',
    'GET /items stock',
  ],
  ['a name with the server', 'GET stock', { 'server.address': 'stock' }, 'GET stock', 'GET stock'],
  ['neither', 'GET', {}, 'GET', 'GET'],
  ['no name', '', { 'server.address': 'stock' }, '(no name) stock', '(no name) stock'],
  [
    'controls in a host',
    'GET',
    { 'server.address': 'a\u001b[31m' },
    'GET a\\x1b[31m',
    'GET a\\x1b[31m',
  ],
])('%s', (_, name, attributes, alone, group) => {
  const span = row('a', '', name, { ...client, attributes })
  expect(displayName(span)).toBe(alone)
  expect(groupName(span)).toBe(group)
})

test('a server is called by its path, and a client of a database by its name alone', () => {
  const attributes = { 'server.address': 'stock', 'url.full': 'http://stock/items' }
  expect(displayName(row('a', '', 'GET', { ...client, kind: 'server', attributes }))).toBe(
    'GET /items',
  )
  expect(displayName(row('a', '', 'SELECT', { ...client, db_system: 'h2', attributes }))).toBe(
    'SELECT',
  )
})

test('the kind of a server span has its route or path, without ids', () => {
  const server = (attributes: Record<string, string>) =>
    operationName(row('a', '', 'GET', { ...client, kind: 'server', attributes }))
  expect(server({ 'url.path': '/users/7/orders' })).toBe('GET /users/{id}/orders')
  expect(server({ 'url.path': '/mail/a%40b.example/0f0e0d0c-0b0a-4908-8706-050403020100' })).toBe(
    'GET /mail/{id}/{id}',
  )
  expect(server({ 'url.path': '/@ada/v2/oauth2' })).toBe('GET /@ada/v2/oauth2')
  expect(server({ 'http.route': '/v1/:id', 'url.path': '/v1/7' })).toBe('GET /v1/:id')
  expect(server({})).toBe('GET')
})

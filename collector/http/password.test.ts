/** The password, in every header and parameter that clients use. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { removeFolder } from '../../test/folder.ts'
import { PasswordNeededError, start } from '../main.ts'
import { knowsLogin, knowsPassword } from './password.ts'

const folder = mkdtempSync(join(tmpdir(), 'otrace-password-'))
afterAll(() => removeFolder(folder))

test('every place of the password is checked, and a public address needs a password', async () => {
  const locked = await start({
    dataDir: join(folder, 'locked'),
    receive: false,
    password: 'open sesame',
    listen: '0.0.0.0',
  })
  try {
    const address = locked.addresses.clickhouse.replace('0.0.0.0', '127.0.0.1')
    const statuses = async (password: string) => {
      const basic = {
        authorization: `Basic ${Buffer.from(`default:${password}`).toString('base64')}`,
      }
      const key = { 'x-clickhouse-key': password }
      return Promise.all([
        fetch(`${address}/?query=SELECT%201`, { headers: basic }).then((answer) => answer.status),
        fetch(`${address}/?query=SELECT%201`, { headers: key }).then((answer) => answer.status),
        fetch(`${address}/?query=SELECT%201&password=${encodeURIComponent(password)}`).then(
          (answer) => answer.status,
        ),
      ])
    }
    expect(await statuses('open sesame')).toEqual([200, 200, 200])
    expect(await statuses('guess')).toEqual([403, 403, 403])
    expect((await fetch(`${address}/ping`)).status).toBe(200)
  } finally {
    await locked.stop()
  }
  await expect(start({ dataDir: join(folder, 'open'), listen: '0.0.0.0' })).rejects.toThrow(
    PasswordNeededError,
  )
})

test('a password may have colons, and any user may have it', () => {
  const headers = (user: string, password: string) => ({
    authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
  })
  expect(knowsPassword('a:b:c', headers('', 'a:b:c'))).toBe(true)
  expect(knowsPassword('a:b:c', headers('user', 'a:b:c'))).toBe(true)
  expect(knowsPassword('a:b:c', headers('user', 'c'))).toBe(false)
  expect(knowsPassword('', headers('user', ''))).toBe(true)
  expect(knowsPassword('secret', {})).toBe(false)
})

test('without a password, any is that of the default user, and other users have none', () => {
  const url = new URL('http://localhost/')
  const knows = (login: string) =>
    knowsLogin(undefined, { authorization: `Basic ${Buffer.from(login).toString('base64')}` }, url)
  expect([':any', 'default:any', 'other:'].map(knows)).toEqual([true, true, true])
  expect(knows('other:any')).toBe(false)
})

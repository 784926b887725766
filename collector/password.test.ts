import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { PasswordNeededError, start } from './main.ts'

const folder = mkdtempSync(join(tmpdir(), 'otrace-password-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('a password is asked for in each of its places, and an outside address needs one', async () => {
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

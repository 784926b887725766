/** Password hashes. */
import { expect, test } from 'vitest'
import { hashPassword, verifyPassword } from './password.ts'

test('only the hashed password verifies', async () => {
  const hash = await hashPassword('password1')
  expect(await verifyPassword('password1', hash)).toBe(true)
  expect(await verifyPassword('password2', hash)).toBe(false)
  expect(await verifyPassword('', hash)).toBe(false)
})

test('two hashes of one password differ, and contain no password', async () => {
  const [one, two] = await Promise.all([hashPassword('password1'), hashPassword('password1')])
  expect(one).not.toBe(two)
  expect(one).toMatch(/^scrypt\$2048\$8\$1\$[\w+/]{22}==\$[\w+/]{43}=$/)
})

test('the cost is read from the hash, so that it can be raised later', async () => {
  const cheaper =
    'scrypt$16$8$1$c2FsdHNhbHRzYWx0c2FsdA==$7O+QU4xf6tFkbICvTX658EBHY7Kh3hOBUqaKtpPe7Tg='
  expect(await verifyPassword('password1', cheaper)).toBe(true)
})

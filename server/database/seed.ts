/** Creates the shop's tables and their first rows, without spans. */
import Libsql from 'libsql/promise'
import { hashPassword } from '../password.ts'
import { begin } from './database.ts'
import { PRODUCTS, USERS } from './seed-data.ts'

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS users (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    password TEXT NOT NULL,
    balance INTEGER NOT NULL CHECK (balance >= 0)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS products (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity >= 0),
    price INTEGER NOT NULL CHECK (price >= 0)
  ) STRICT`

/** Keeps the rows that an existing file already has. */
export async function seed(file: string): Promise<void> {
  const users = await Promise.all(
    USERS.map(async (user) => ({ ...user, password: await hashPassword(user.password) })),
  )
  const handle = new Libsql(file, {})
  try {
    await handle.exec(SCHEMA)
    await handle.exec('BEGIN IMMEDIATE')
    const insertUser = await handle.prepare('INSERT OR IGNORE INTO users VALUES (?, ?, ?, ?)')
    for (const { id, name, password, balance } of users) insertUser.run(id, name, password, balance)
    const insertProduct = await handle.prepare('INSERT OR IGNORE INTO products VALUES (?, ?, ?, ?)')
    for (const { id, name, quantity, price } of PRODUCTS) {
      insertProduct.run(id, name, quantity, price)
    }
    await handle.exec('COMMIT')
  } finally {
    handle.close()
  }
}

/** Fills stock and purses as at the start, so that the shop goes on selling. No request asks for it: without spans. */
export async function refill(file: string): Promise<void> {
  const handle = new Libsql(file, {})
  try {
    await begin(handle)
    const fillPurse = await handle.prepare('UPDATE users SET balance = ? WHERE id = ?')
    for (const { id, balance } of USERS) fillPurse.run(balance, id)
    const fillShelf = await handle.prepare('UPDATE products SET quantity = ? WHERE id = ?')
    for (const { id, quantity } of PRODUCTS) fillShelf.run(quantity, id)
    await handle.exec('COMMIT')
  } finally {
    handle.close()
  }
}

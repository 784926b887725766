/** The shop's database: stock, purchases and conflicts. */
import Libsql from 'libsql/promise'
import { expect, onTestFinished, test } from 'vitest'
import { createFaults } from '../faults.ts'
import { recordSpans, temporaryFile } from '../testing.ts'
import { openDatabase } from './database.ts'

const recorded = recordSpans()

async function openCounter() {
  const file = temporaryFile()
  const database = await openDatabase(file, createFaults())
  onTestFinished(() => database.close())
  await database.transaction(async (connection) => {
    await connection.run('CREATE TABLE counter (value INTEGER)')
    await connection.run('INSERT INTO counter VALUES (?)', 1)
  })
  recorded.take()
  const value = () =>
    database.read(async (connection) => {
      const row = await connection.get<{ value: number }>('SELECT value FROM counter')
      return row?.value
    })
  return { file, database, value }
}

test('a transaction that throws is rolled back, and its error is passed on', async () => {
  const { database, value } = await openCounter()
  const failure = new Error('changed my mind')
  const attempt = database.transaction(async (connection) => {
    await connection.run('UPDATE counter SET value = ?', 2)
    throw failure
  })
  await expect(attempt).rejects.toBe(failure)
  expect(recorded.take().map(({ name }) => name)).toEqual([
    'connect',
    'BEGIN',
    'UPDATE counter',
    'ROLLBACK',
  ])
  expect(await value()).toBe(1)
})

test('transactions run one after another, and readers see committed rows only', async () => {
  const { database, value } = await openCounter()
  let seen: number | undefined
  const first = database.transaction(async (connection) => {
    await connection.run('UPDATE counter SET value = value * ?', 10)
    seen = await value()
  })
  const second = database.transaction((connection) =>
    connection.run('UPDATE counter SET value = value + ?', 1),
  )
  await Promise.all([first, second])
  expect(seen).toBe(1)
  expect(await value()).toBe(11)
})

test('run returns the number of rows changed, all returns rows without metadata', async () => {
  const { database } = await openCounter()
  await database.transaction(async (connection) => {
    expect(await connection.run('UPDATE counter SET value = ? WHERE value = ?', 5, 1)).toBe(1)
    expect(await connection.run('UPDATE counter SET value = ? WHERE value = ?', 5, 1)).toBe(0)
    expect(await connection.all('SELECT value FROM counter')).toEqual([{ value: 5 }])
    expect(await connection.get('SELECT value FROM counter WHERE value = ?', 9)).toBeUndefined()
  })
})

test('a bad statement fails its span and returns its connection', async () => {
  const { database, value } = await openCounter()
  const attempts = Array.from({ length: 10 }, () =>
    database.read((connection) => connection.all('SELECT nothing FROM counter')),
  )
  for (const outcome of await Promise.allSettled(attempts)) expect(outcome.status).toBe('rejected')
  expect(await value()).toBe(1)
  const failed = recorded.take().find(({ name }) => name === 'SELECT counter')
  expect(failed?.attributes['error.type']).toBe('SqliteError')
  expect(failed?.events.map(({ name }) => name)).toEqual(['exception'])
})

test('a transaction waits for the lock of another process', async () => {
  const { file, database, value } = await openCounter()
  const other = new Libsql(file, {})
  onTestFinished(() => other.close())
  await other.exec('BEGIN IMMEDIATE')
  const write = database.transaction((connection) =>
    connection.run('UPDATE counter SET value = ?', 7),
  )
  expect(await value()).toBe(1)
  await other.exec('COMMIT')
  await write
  expect(await value()).toBe(7)
})

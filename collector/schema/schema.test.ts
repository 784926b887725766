/** The collector's tables against the exporter's. */
import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { packageRoot } from '../../package.ts'
import { loadStatement, schemaFile, TABLES } from '../engine/tables.ts'

const files = readdirSync(new URL('collector/schema', packageRoot)).filter((name) =>
  name.endsWith('.sql'),
)

test.each(files)('%s has at most 120 columns', (name) => {
  const wide = schemaFile(name)
    .split('\n')
    .filter((line) => line.length > 120)
  expect(wide).toEqual([])
})

test.each(TABLES.metrics)('%s is loaded with the points that all kinds share', (table) => {
  const statement = loadStatement(table)
  expect(statement).toMatch(/^-- Spool files to /)
  expect(statement).toContain("'Protobuf', {structure:String}")
  expect(statement).not.toMatch(/^FROM metric_points$/m)
})

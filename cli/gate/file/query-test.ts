/** The test of a query's rows in a check file. */
import { readRowsExpectation } from './expectation.ts'
import type { CheckTest, FilePlace } from './model.ts'
import { type Entries, mapOf, type Placed, textOf, textsOf } from './yaml.ts'

/** @throws OtraceError (exit 2) for a malformed parameter or expectation */
export function readQueryTest(query: Placed, entries: Entries, expect: Placed): CheckTest {
  const given = entries.get('params')?.value
  const names = [...(given?.entries?.keys() ?? [])]
  const params = given ? mapOf(given, 'params', names) : new Map()
  return {
    kind: 'query',
    query: textOf(query, 'query'),
    params: Object.fromEntries([...params].map(([name, { value }]) => [name, textOf(value, name)])),
    places: {
      query: query.at,
      params: Object.fromEntries([...params].map(([name, { value }]) => [name, value.at])),
    },
    expectations: textsOf(expect, 'expect').map((one) => ({
      ...placeOf(one),
      expectation: readRowsExpectation(String(one.value), one.at),
    })),
  }
}

export const placeOf = ({ at, line, column }: Placed): FilePlace => ({ at, line, column })

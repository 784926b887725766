/** Which statements take `--bucket`. */
import { expect, it } from 'vitest'
import { hasSteps } from './has-steps.ts'

it.each([
  ['SELECT bucket, requests FROM red', true],
  ['SELECT * FROM red', true],
  ['SELECT r.* FROM red AS r', true],
  ['SELECT DISTINCT * FROM red', true],
  ['SELECT service, * FROM red', true],
  ["SELECT COLUMNS('b.*') FROM red", true],
  [
    'SELECT count() FROM spans GROUP BY toStartOfInterval(time, toIntervalSecond({bucket:UInt64}))',
    true,
  ],
  ['SELECT service, sum(requests) FROM red GROUP BY service', false],
  ['SELECT toStartOfHour(time) AS bucket, count() FROM spans GROUP BY bucket', false],
  ["SELECT 'bucket' FROM red", false],
])('%s: %s', (sql, steps) => {
  expect(hasSteps(sql)).toBe(steps)
})

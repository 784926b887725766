/** The name of a test in reports. */
import type { CheckTest } from '../file/model.ts'

export const TEST_NAMES = {
  slower: 'slower',
  tail: 'tail growth',
  query: 'rows',
  'n-plus-one': 'N+1',
  exceptions: 'exceptions',
  attributes: 'attributes',
  deprecated: 'deprecated attributes',
  operations: 'operations',
  complete: 'complete traces',
} as const satisfies Partial<Record<CheckTest['kind'], string>>

/** @param part which of its expectations */
export function testName(test: CheckTest, part: number): string {
  if (test.kind === 'expect') {
    return test.expectations[part]?.expectation.test === 'count' ? 'comparison' : 'budget'
  }
  return test.kind === 'slower' && test.than.from === 'ab' ? 'A/B' : TEST_NAMES[test.kind]
}

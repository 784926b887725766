/** The check that a text means which is not one: `no_n_plus_on 10`, `p95 = 300ms`. */
import { didYouMean } from '../../query/did-you-mean.ts'
import { TEST_KEYS } from './tests.ts'

/** Tests with the value that is meant where none is given. */
const VALUES: Record<(typeof TEST_KEYS)[number], string> = {
  expect: 'error_rate < 1%',
  slower: '{ than: base.json }',
  tail_growth: '{ p: 95, than: base.json }',
  no_n_plus_one: '10',
  no_exceptions: 'true',
  attributes: '[user.id]',
  no_deprecated_attributes: 'true',
  operations: '[POST /checkout]',
  complete_traces: 'true',
}

const LIMITS: Record<string, string> = { error_rate: '< 1%', count: '>= 100' }

const COMPARISON = /[<>]|[=!]=/
const WORDS = /^\s*(?<word>[a-z][a-z_]*(?:\([^()]*\)|[\d.]*))(?:\s*[:=]\s*|\s+|$)(?<value>.*?)\s*$/i

/** The check in a check file's words, or undefined if the text resembles none. */
export function nearestCheck(text: string): string | undefined {
  if (COMPARISON.test(text)) return `expect: '${text.trim()}'`
  const { word = '', value = '' } = WORDS.exec(text)?.groups ?? {}
  const metric = word.toLowerCase()
  const limit = LIMITS[metric] ?? (/^(?:p[(\d].*|median)$/.test(metric) ? '< 300ms' : undefined)
  if (limit) return `expect: '${word} ${value ? `${limit.split(' ')[0]} ${value}` : limit}'`
  const test = TEST_KEYS.find((one) => one === metric) ?? didYouMean(metric, TEST_KEYS)
  return test && `${test}: ${value || VALUES[test as keyof typeof VALUES]}`
}

/** The baseline of a regression check: its JSON schema and its reader. */
import { usage } from '../../errors.ts'
import type { Than } from './model.ts'
import { ANY_TEXT, mapOf, type Placed, SOME_TEXTS, textOf, textsOf } from './yaml.ts'

const THAN_KEYS = ['file', 'profile', 'window', 'from', 'to', 'attr', 'resource'] as const
export const THAN = {
  description: 'the baseline: ab (otrace run --ab), a file, or a window',
  anyOf: [
    { type: 'string', minLength: 1 },
    {
      type: 'object',
      additionalProperties: false,
      required: ['file'],
      properties: { file: { ...ANY_TEXT, description: 'a file of --save-baseline' } },
    },
    {
      type: 'object',
      additionalProperties: false,
      properties: {
        profile: { ...ANY_TEXT, description: 'a saved connection' },
        window: { ...ANY_TEXT, description: 'its length, such as 7d' },
        from: { ...ANY_TEXT, description: 'its start, instead of window' },
        to: { ...ANY_TEXT, description: 'its end (default: the start of the checked window)' },
        attr: { ...SOME_TEXTS, description: 'attribute match' },
        resource: { ...SOME_TEXTS, description: 'such as service.version=1.4' },
      },
      anyOf: ['profile', 'window', 'from', 'attr', 'resource'].map((key) => ({ required: [key] })),
      not: { required: ['window', 'from'] },
    },
  ],
}

/** @throws OtraceError (exit 2) with line, column and the nearest valid word */
export function readThan(placed: Placed | undefined, parent: Placed): Than {
  const examples = 'write than: ab, than: baseline.json, or than: { profile: prod, window: 7d }'
  if (!placed) throw usage(`${parent.at}: no baseline`, examples)
  if (placed.value === 'ab') return { from: 'ab' }
  if (typeof placed.value === 'string' && placed.value) return { from: 'file', path: placed.value }
  if (!placed.entries) throw usage(`${placed.at}: not a baseline`, examples)
  const keys = mapOf(placed, 'than', THAN_KEYS)
  const text = (key: string) => {
    const found = keys.get(key)?.value
    return found && textOf(found, key)
  }
  const file = text('file')
  if (file !== undefined) {
    if (keys.size === 1) return { from: 'file', path: file }
    throw usage(`${placed.at}: a baseline is a file or a window, not both`, examples)
  }
  if (keys.has('window') && keys.has('from')) {
    throw usage(`${placed.at}: window and from both set the start`, 'leave one of them out')
  }
  const texts = (key: 'attr' | 'resource') => {
    const found = keys.get(key)?.value
    return found ? { [key]: textsOf(found, key).map(({ value }) => String(value)) } : {}
  }
  const than: Than = {
    from: 'window',
    at: placed.at,
    profile: text('profile'),
    since: text('window'),
    start: text('from'),
    end: text('to'),
    ...texts('attr'),
    ...texts('resource'),
  }
  if (than.profile ?? than.since ?? than.start ?? than.attr ?? than.resource) return than
  throw usage(`${placed.at}: no baseline`, examples)
}

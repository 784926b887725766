/** What a tail sampler seems to have kept, as a finding of the doctor. */
import { type Kept, keptText } from '../../session/tail-sampling/kept.ts'
import { formatUnit } from '../../units/units.ts'
import type { Check } from './checks.ts'

export function tailSampling(kept: Kept): Check[] {
  const failed = kept.failed % 1 === 0 ? '' : ` (${formatUnit(kept.failed, 'percentunit')} failed)`
  return [
    {
      about: 'tail sampling',
      state: 'note',
      found: `${keptText(kept)}${failed}: a tail sampler may have dropped the rest`,
      advice:
        'counts and rates are then of a sample, which says no probability: keep a random share too, with SampleRate',
    },
  ]
}

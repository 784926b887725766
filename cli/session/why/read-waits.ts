/** Which messages wait: the attributes that tell them from the others. */
import type { Window } from '../../query/window.ts'
import { hostOf, onlySome } from '../../why/causes/shared-attribute.ts'
import type { WhyFinding } from '../../why/finding.ts'
import type { Session } from '../session.ts'
import { readValues } from './read-values.ts'

/** The part of the affected messages from which on an attribute has them all. */
const ALL = 0.95

/**
 * The attribute that tells messages that wait longer than usual, of the spans that take or that send them, as a
 * finding. Where nearly all of them have it, `told` is the finding about the waits as one of these alone.
 */
export async function ofWaits(
  session: Session,
  window: Window,
  finding: WhyFinding,
): Promise<{ some: WhyFinding; told?: WhyFinding } | undefined> {
  const { service, name, peer = '', waits } = finding
  const source = { ...session.source, window, weighted: false }
  const read = async (isSender: boolean) => {
    const given = {
      of_service: service,
      of_name: name,
      least: waits!.longFrom,
      of_sender: +isSender,
    }
    const values = await readValues(session, 'internal/why/affected-messages.sql', given, source)
    const some = onlySome(finding, values)
    return some && { some: isSender ? { ...some, service: peer, name: '' } : some, isSender }
  }
  const ends = [await read(false), await read(true)].filter((one) => one !== undefined)
  const [best] = ends.sort((a, b) => b.some.score - a.some.score)
  if (!best) return undefined
  const { some, isSender } = best
  const attribute = hostOf(some) ?? some.attribute!
  if (some.after < ALL) return { some }
  return { some, told: { ...finding, attribute, isSender } }
}

/** What `why` must name first for each fault of the shop. */
import {
  FAILING_USER,
  type FaultName,
  SLOW_COUNTRY,
  SLOW_HOST,
  SLOW_PRODUCT,
  VERSIONS,
} from '../../server/faults.ts'

/** A finding of `why --json`, as far as it is read. */
export interface Found {
  kind: string
  service: string
  name: string
  peer: string | null
  attribute: string | null
  detail: string | null
  sentence: string
  certain: boolean
}

interface Answer {
  service: string
  /** Operations of the service, any of which is right; '' is the whole service. */
  names: string[]
  /** Kinds that are right; all by default. */
  kinds?: string[]
  /** A following finding about attributes that must be among the first four. */
  attribute?: string
}

export const ANSWERS: Record<FaultName, Answer> = {
  'slow-disk': { service: 'shop', names: ['COMMIT'], kinds: ['slower'] },
  'lock-contention': { service: 'shop', names: ['BEGIN'], kinds: ['slower'] },
  'repeated-statement': { service: 'shop', names: ['SELECT products'], kinds: ['more calls'] },
  'failing-user': {
    service: 'shop',
    names: ['service_buy_product'],
    kinds: ['errors begin here', 'new error'],
    attribute: `user.id=${FAILING_USER.id}`,
  },
  'slow-product': {
    service: 'shop',
    names: ['repository_get_product'],
    kinds: ['slower'],
    attribute: `product.id=${SLOW_PRODUCT.id}`,
  },
  'exhausted-pool': { service: 'shop', names: ['connect'], kinds: ['slower'] },
  'held-lock': { service: 'shop', names: ['repository_transaction'] },
  'memory-leak': {
    service: 'shop',
    names: ['', 'service_buy_product'],
    kinds: ['slower', 'slower throughout', 'garbage collection'],
  },
  'slow-bank': { service: 'payment', names: ['POST /authorize'], kinds: ['slower'] },
  'slow-country': {
    service: 'payment',
    names: ['POST /authorize'],
    kinds: ['slower'],
    attribute: `country=${SLOW_COUNTRY.code}`,
  },
  'busy-payments': {
    service: 'payment',
    names: ['charge', 'POST /charge'],
    kinds: ['errors begin here', 'new error', 'more calls'],
  },
  'slow-host': {
    service: 'payment',
    names: ['record_charge'],
    kinds: ['slower'],
    attribute: `host.name=${SLOW_HOST.name}`,
  },
  'bad-version': {
    service: 'payment',
    names: ['charge'],
    kinds: ['errors begin here', 'new error', 'no longer called'],
    attribute: `service.version=${VERSIONS[1]}`,
  },
  'broken-cache': {
    service: 'payment',
    names: ['GET /rates', 'get_rate'],
    kinds: ['newly called', 'more calls'],
  },
  'missing-index': { service: 'payment', names: ['SELECT charges'], kinds: ['slower'] },
}

/** Whether a finding names the fault. Of a call it names either end. */
function names({ service, names, kinds }: Answer, one: Found): boolean {
  if (kinds && !kinds.includes(one.kind)) return false
  const ends = [one.service, one.peer]
  return ends.includes(service) && (names.includes(one.name) || names.includes(one.detail ?? '-'))
}

/** The place of the fault among the findings, from 1; 0 where it is not named, or without its attribute. */
export function placeOf(fault: FaultName, found: readonly Found[]): number {
  const answer = ANSWERS[fault]
  const causes = found.filter(({ kind }) => !QUALIFIERS.includes(kind))
  const place = causes.findIndex((one) => names(answer, one))
  const { attribute } = answer
  if (place < 0 || attribute === undefined) return place + 1
  const told = found.slice(0, found.indexOf(causes[place]!) + 5)
  return told.some((one) => one.attribute === attribute) ? place + 1 : 0
}

/** Kinds of findings that describe another finding. */
export const QUALIFIERS = [
  'only some',
  'blocked by',
  'new log or event',
  'new version',
  'restarted',
]

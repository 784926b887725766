/** The shop's client of the payment service: hosts in turn, and retries where one is busy. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent } from 'undici'
import { send } from '../telemetry/http-client.ts'
import { inSpan } from '../telemetry/spans.ts'

const MOST_TRIES = 5
const WAIT_MS = 10
const TIMEOUT_MS = 5000
const BUSY = 503

export interface Payments {
  /** Charges a user's card. Throws where it is not charged. */
  charge(userId: string, cents: number): Promise<void>
}

/** @param hosts the addresses now: a release changes them */
export function createPayments(hosts: () => readonly string[]): Payments {
  const dispatcher = new Agent({ connections: 16 })
  let turn = 0
  return {
    charge: (userId, cents) =>
      inSpan('service_pay', { attributes: { 'user.id': userId } }, async () => {
        for (let tries = 0; ; tries++) {
          const all = hosts()
          const { status } = await send({
            name: 'POST /charge',
            method: 'POST',
            url: new URL('/charge', all[turn++ % all.length]),
            route: '/charge',
            dispatcher,
            timeoutMs: TIMEOUT_MS,
            body: JSON.stringify({ user: userId, cents }),
            attributes: tries > 0 ? { 'http.request.resend_count': tries } : {},
          })
          if (status < 400) return
          if (status !== BUSY || tries + 1 === MOST_TRIES) {
            throw new PaymentFailed(`The payment service answered ${status}`)
          }
          await sleep(WAIT_MS * 2 ** tries)
        }
      }),
  }
}

class PaymentFailed extends Error {
  override name = 'PaymentFailed'
}

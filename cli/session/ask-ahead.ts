/** Statements that are sent before it is known whether they will be asked. */
import type { BoundQuery } from '../query/compose/bound-query.ts'
import type { AskOptions, Result, Store } from '../store/client.ts'
import { inBackground } from './run.ts'

/**
 * Two views of a store: statements asked of `early` are sent, and answer the same statements when they are asked of
 * `later`. Others are left to end by themselves, so they should be short.
 */
export function askingAhead(store: Store): { early: Store; later: Store } {
  const sent = new Map<string, Promise<Result>>()
  return {
    early: withAsk(store, (query, options) => {
      const answer = inBackground(store.ask(query, options))
      sent.set(keyOf(query, options), answer)
      return answer
    }),
    later: withAsk(store, (query, options) => {
      const key = keyOf(query, options)
      const known = sent.get(key)
      // An answer is read once.
      sent.delete(key)
      return known ?? store.ask(query, options)
    }),
  }
}

const withAsk = (store: Store, ask: Store['ask']): Store =>
  Object.create(store, { ask: { value: ask } })

const keyOf = ({ sql, params, settings }: BoundQuery, options: AskOptions = {}) =>
  JSON.stringify([sql, params, settings, options])

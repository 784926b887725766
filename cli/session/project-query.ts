/** Query files that came with a checkout: announced once, and checked on every server. */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Context } from '../context.ts'
import { makeFolders } from '../output/new-file.ts'
import type { Query } from '../query/query-file.ts'
import { checkedStore } from '../store/checked-store.ts'
import type { Session } from './session.ts'

/** Notes the first use of a checkout's query file, and the first use after a change. */
export function noteProjectQuery(query: Query, { env, say }: Context): void {
  // A file that replaces a query is named each time.
  if (!query.project || query.replaces) return
  const list = join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'otrace', 'project-queries')
  const path = resolve(query.path)
  const seen = `${createHash('sha256').update(`${path}\0${query.sql}`).digest('hex')}\n`
  const known = readList(list)
  if (known.includes(seen)) return
  say(`${query.name} is a query of this folder, not of otrace: ${query.path}`)
  try {
    makeFolders(dirname(list), 0o700)
    writeFileSync(list, known.slice(-MOST) + seen, { mode: 0o600 })
  } catch {
    // Without a cache the note is repeated.
  }
}

/** Characters of the list to keep: 65 for each file. */
const MOST = 65 * 1000

function readList(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** The session, in which a checkout's query file can do no more than on the collector. */
export function guardSession(session: Session, query: Query): Session {
  if (!query.project) return session
  return { ...session, store: checkedStore(session.store, session.source.database, query.path) }
}

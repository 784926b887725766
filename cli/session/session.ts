/** A command's session: the open store, its spans table, the options and the context. */
import type { Context } from '../context.ts'
import type { Options } from '../options/options.ts'
import type { SpansSource } from '../query/compose/source.ts'
import type { Window } from '../query/window.ts'
import type { Row } from '../result.ts'
import type { SpanFacts } from '../store/candidates.ts'
import type { Store } from '../store/client.ts'

export interface Session {
  store: Store
  source: SpansSource
  options: Options
  context: Context
  /** The table's columns: name → type. */
  columns: ReadonlyMap<string, string>
  /** Its skip indexes: expression → type. */
  indexes: ReadonlyMap<string, string>
  /** Tables of the same database with a trace id column. */
  siblingTables: ReadonlySet<string>
  /** System tables without read permission, such as `system.data_skipping_indices`. */
  unreadable?: string
  /** What the collector knows about the spans of this window; undefined for other servers. */
  facts?: (SpanFacts & { window: Window | undefined }) | undefined
  /** The rows of `ahead`, a statement that was sent before the table was known. */
  ahead?: Promise<Row[]> | undefined
}

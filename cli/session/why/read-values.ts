/** Which values of attributes affected spans have, and the others. */
import type { ParamValue } from '../../query/compose/bound-query.ts'
import { compose } from '../../query/compose/compose.ts'
import type { SpansSource } from '../../query/compose/source.ts'
import { readSql } from '../../query/files.ts'
import { paste } from '../../query/marks.ts'
import type { Valued } from '../../why/causes/shared-attribute.ts'
import { queryRows } from '../run.ts'
import type { Session } from '../session.ts'

/** @param spans a query with the columns `attributes`, `resource` and `affected` */
export async function readValues(
  session: Session,
  spans: `internal/why/affected-${string}.sql`,
  given: Record<string, ParamValue>,
  source: SpansSource,
): Promise<Valued[]> {
  const file = readSql('internal/why/values.sql')
  const sql = paste(file, { affected_spans: `(\n${readSql(spans)}\n)` })
  const rows = await queryRows(session, compose(sql, given, source))
  return rows.map((row) => ({
    key: String(row.key),
    value: row.absent ? undefined : String(row.value),
    onAffected: Number(row.on_affected),
    onOthers: Number(row.on_others),
    ofAffected: Number(row.of_affected),
    ofOthers: Number(row.of_others),
  }))
}

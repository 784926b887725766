/** Output formats of the endpoint and their Content-Type. */
import { RefusedStatementError } from './errors.ts'

/** Formats without side effects: no templates or schemas from files, no registries, no wire protocols. */
const FORMATS = new Set(
  `
  TabSeparated TabSeparatedWithNames TabSeparatedWithNamesAndTypes
  TabSeparatedRaw TabSeparatedRawWithNames TabSeparatedRawWithNamesAndTypes
  TSV TSVWithNames TSVWithNamesAndTypes TSVRaw TSVRawWithNames TSVRawWithNamesAndTypes TSKV
  Raw RawWithNames RawWithNamesAndTypes LineAsString LineAsStringWithNames LineAsStringWithNamesAndTypes
  CSV CSVWithNames CSVWithNamesAndTypes
  JSON JSONStrings JSONColumns JSONColumnsWithMetadata JSONObjectEachRow
  JSONCompact JSONCompactColumns JSONCompactStrings
  JSONEachRow JSONEachRowWithProgress JSONStringsEachRow JSONStringsEachRowWithProgress
  JSONCompactEachRow JSONCompactEachRowWithNames JSONCompactEachRowWithNamesAndTypes JSONCompactEachRowWithProgress
  JSONCompactStringsEachRow JSONCompactStringsEachRowWithNames JSONCompactStringsEachRowWithNamesAndTypes
  JSONCompactStringsEachRowWithProgress JSONL JSONLines NDJSON PrettyJSONEachRow PrettyJSONLines PrettyNDJSON
  Pretty PrettyMonoBlock PrettyNoEscapes PrettyNoEscapesMonoBlock
  PrettyCompact PrettyCompactMonoBlock PrettyCompactNoEscapes PrettyCompactNoEscapesMonoBlock
  PrettySpace PrettySpaceMonoBlock PrettySpaceNoEscapes PrettySpaceNoEscapesMonoBlock
  Vertical Values SQLInsert Markdown MD XML Null
  Native RowBinary RowBinaryWithNames RowBinaryWithNamesAndTypes Parquet Arrow ArrowStream ORC
  ODBCDriver2
  `
    .toLowerCase()
    .trim()
    .split(/\s+/),
)

/** @throws RefusedStatementError for an unsupported format. */
export function judgeFormat(format: string): void {
  if (!FORMATS.has(format.toLowerCase()))
    throw new RefusedStatementError(`Unknown format ${format}`, 73, 'UNKNOWN_FORMAT')
}

/** ClickHouse's own Content-Type values. */
export function contentType(format: string): string {
  const name = format.toLowerCase()
  const isLines = name === 'jsonlines' || name === 'ndjson'
  if (isLines || (name.startsWith('json') && name.includes('eachrow'))) {
    return 'application/x-ndjson; charset=UTF-8'
  }
  if (name.startsWith('json')) return 'application/json; charset=UTF-8'
  if (/^(tsv|tabseparated)/.test(name)) return 'text/tab-separated-values; charset=UTF-8'
  if (name.startsWith('csv')) return 'text/csv; charset=UTF-8; header=absent'
  if (
    /^(native|rowbinary|parquet|arrow|orc|avro|msgpack|bsoneachrow|protobuf|npy|odbc)/.test(name)
  ) {
    return 'application/octet-stream'
  }
  return 'text/plain; charset=UTF-8'
}

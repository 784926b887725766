/** What execute.ts has to know of ClickHouse's output formats: their Content-Type, which are answered in, and which can be streamed. */
import { RefusedStatementError } from './refused.ts'

/** How many bytes of a chunk are the format's head. */
export type Head = (chunk: Uint8Array) => number

const none: Head = () => 0
const lines =
  (count: number): Head =>
  (chunk) => {
    let at = 0
    for (let i = 0; i < count; i++) at = chunk.indexOf(10, at) + 1
    return at
  }

/**
 * The engine streams a result as a row of whole documents: these formats can be joined again. A head of lines is safe,
 * as these formats escape a newline in a column's name; CSV does not, and is not here.
 */
const STREAMED: Record<string, Head> = {
  jsoneachrow: none,
  ndjson: none,
  jsonlines: none,
  jsoncompacteachrow: none,
  jsoncompactstringseachrow: none,
  jsonstringseachrow: none,
  tabseparated: none,
  tsv: none,
  tabseparatedraw: none,
  tsvraw: none,
  csv: none,
  rowbinary: none,
  native: none,
  tabseparatedwithnames: lines(1),
  tsvwithnames: lines(1),
  tabseparatedwithnamesandtypes: lines(2),
  tsvwithnamesandtypes: lines(2),
  jsoncompacteachrowwithnames: lines(1),
  jsoncompacteachrowwithnamesandtypes: lines(2),
  jsoncompactstringseachrowwithnames: lines(1),
  jsoncompactstringseachrowwithnamesandtypes: lines(2),
}

/** Formats that write an answer and do no more: no templates or schemas from files, no registries, no wire protocols. */
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
  `
    .toLowerCase()
    .trim()
    .split(/\s+/),
)

/** @throws RefusedStatementError for a format that is not answered in here. */
export function judgeFormat(format: string): void {
  if (!FORMATS.has(format.toLowerCase()))
    throw new RefusedStatementError(`Unknown format ${format}`, 73, 'UNKNOWN_FORMAT')
}

/** How a format's chunks are joined; undefined for one that has to be made in one piece. */
export function chunkHead(format: string): Head | undefined {
  return STREAMED[format.toLowerCase()]
}

/** As stock ClickHouse labels its answers. */
export function contentType(format: string): string {
  const name = format.toLowerCase()
  if (/^(jsoneachrow|jsonlines|ndjson|jsoncompact.*eachrow.*|json.*eachrow.*)$/.test(name)) {
    return 'application/x-ndjson; charset=UTF-8'
  }
  if (name.startsWith('json')) return 'application/json; charset=UTF-8'
  if (/^(tsv|tabseparated)/.test(name)) return 'text/tab-separated-values; charset=UTF-8'
  if (name.startsWith('csv')) return 'text/csv; charset=UTF-8; header=absent'
  if (/^(native|rowbinary|parquet|arrow|orc|avro|msgpack|bsoneachrow|protobuf|npy)/.test(name)) {
    return 'application/octet-stream'
  }
  return 'text/plain; charset=UTF-8'
}

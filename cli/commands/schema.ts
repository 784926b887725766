/** `otrace schema`: the DDL of a store for spans on a server or a cluster; prints, and runs nothing. */
import { Command } from 'commander'
import { readQuery } from '../catalogue.ts'
import { OtraceError } from '../errors.ts'
import { write } from '../output.ts'
import { stripHeader } from '../query/header.ts'
import { parseUnit } from '../render/units.ts'

interface Flags {
  database: string
  cluster?: string
  engine?: string
  ttl?: string
}

const DESCRIPTION = `Print the tables of a store for spans: the OpenTelemetry exporter's names and columns, so that the collector can write into it
with create_schema: false, with smaller granules and a lookup table for traces. Nothing is run: pipe it into clickhouse-client --multiquery.

With --cluster the tables are replicated local ones with Distributed tables on top, sharded so that a trace stays on one shard.`

/** The command. */
export function schemaCommand(): Command {
  const command = new Command('schema').summary('Print the tables of a store for spans')
  command
    .description(DESCRIPTION)
    .option('--database <name>', 'where the tables are made', 'otel')
    .option('--cluster <name>', 'for a cluster of that name, as in system.clusters')
    .option('--engine <engine>', 'a MergeTree engine, such as "ReplicatedMergeTree(…)"')
    .option('--ttl <length>', 'drop spans that are older, such as 30d')
  return command.action(() => write(`${schema(command.opts<Flags>())}\n`))
}

/** The statements. */
function schema({ database, cluster, engine, ttl }: Flags): string {
  for (const [flag, value] of Object.entries({ database, cluster })) {
    if (value === '') {
      throw new OtraceError('usage', `--${flag} is empty`, `name one: --${flag} otel`)
    }
  }
  const local = cluster === undefined ? '' : '_local'
  const chosen = readEngine(engine ?? (cluster === undefined ? 'MergeTree' : 'ReplicatedMergeTree'))
  const seconds = ttl === undefined ? undefined : readTtl(ttl)
  const values: Record<string, string> = {
    database: name(database),
    database_text: text(database),
    cluster: text(cluster ?? ''),
    on_cluster: cluster === undefined ? '' : ` ON CLUSTER ${name(cluster)}`,
    local,
    engine: chosen,
    lookup_engine: lookupEngine(chosen),
    ttl: seconds === undefined ? '' : `\nTTL toDateTime(Timestamp) + ${seconds}`,
    lookup_ttl: seconds === undefined ? '' : `\nTTL toDateTime(Start) + ${seconds}`,
  }
  const files = cluster === undefined ? ['traces'] : ['traces', 'distributed']
  return files
    .map((file) => stripHeader(readQuery(`schema/${file}.sql`)))
    .join('\n\n')
    .replace(/\{(\w+)\}/g, (hole, word: string) => values[word] ?? hole)
}

const name = (word: string) => (/^[A-Za-z_]\w*$/.test(word) ? word : `\`${escaped(word, '`')}\``)
const text = (word: string) => `'${escaped(word, "'")}'`
const escaped = (word: string, quote: string) =>
  word.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`)

const STRING = String.raw`'(?:[^'\\]|\\.)*'`
/** What is replicated may say where it is kept, and by which replica. */
const ENGINE = new RegExp(
  String.raw`^(?:MergeTree(?:\(\s*\))?|(?:Replicated|Shared)MergeTree(?:\(\s*(?:${STRING}\s*,\s*${STRING}\s*)?\))?)$`,
)

/** With no parameters a replicated engine takes the server's default_replica_path, which is made for that. */
function readEngine(engine: string): string {
  if (ENGINE.test(engine)) return engine
  throw new OtraceError(
    'usage',
    `--engine '${engine}' is no MergeTree engine without clauses behind it`,
    `use MergeTree, ReplicatedMergeTree, SharedMergeTree or "ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')"`,
  )
}

/** Two tables that keep the same path would be replicas of each other: where no macro tells them apart, the lookup table's is longer. */
function lookupEngine(engine: string): string {
  const [path] = new RegExp(STRING).exec(engine) ?? []
  const own =
    path === undefined || /\{(?:table|uuid)\}/.test(path)
      ? path
      : path.replace(/\/*'$/, "_trace_id_ts'")
  return engine
    .replace(/MergeTree/, 'AggregatingMergeTree')
    .replace(new RegExp(STRING), (whole) => own ?? whole)
}

/** In seconds; a DateTime ends in 2106, and what is added to one wraps around there: with a century more, spans of 2026 were dropped at once. */
const LONGEST = 60 * 365 * 86_400

/** In the largest unit that divides it, as the exporter writes it. */
function readTtl(ttl: string): string {
  const seconds = /[a-z]/i.test(ttl) ? parseUnit(ttl, 's') : undefined
  if (seconds === undefined || seconds < 1 || !Number.isInteger(seconds)) {
    throw new OtraceError('usage', `--ttl '${ttl}' is not a length of time`, 'write it like 30d')
  }
  if (seconds > LONGEST) {
    throw new OtraceError(
      'usage',
      `--ttl '${ttl}' is too long: the column of times ends in 2106`,
      'make it shorter, like 30d, or leave it out to keep spans for ever',
    )
  }
  const units = { toIntervalDay: 86_400, toIntervalHour: 3600, toIntervalMinute: 60 }
  const [unit, size] = Object.entries(units).find(([, size]) => seconds % size === 0) ?? [
    'toIntervalSecond',
    1,
  ]
  return `${unit}(${seconds / size})`
}

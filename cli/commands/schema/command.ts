/** `otrace schema`: the DDL of the tables of spans and logs, for one server or a cluster. */

import { Command } from 'commander'
import type { Context } from '../../context.ts'
import { usage } from '../../errors.ts'
import { addExamples } from '../../options/examples.ts'
import { option } from '../../options/option.ts'
import { write } from '../../output/output.ts'
import { readSql } from '../../query/files.ts'
import { paste } from '../../query/marks.ts'
import { readSeconds } from '../../units/parse.ts'
import { additions } from './additions.ts'
import { name, text } from './names.ts'
import { reader } from './reader.ts'
import { views } from './views.ts'

interface Flags {
  database: string
  cluster?: string
  engine?: string
  ttl?: number
  views?: true
  additions?: true
  reader?: string | true
  table: string
  schema: string
}

const DESCRIPTION = `Print the DDL of tables for spans and log records with the OpenTelemetry exporter's names and columns, smaller granules and a lookup table for traces.
The collector writes into it with create_schema: false. This command only prints: pipe it into clickhouse-client --multiquery.

With --cluster, Distributed tables cover replicated local tables; the sharding key keeps each trace on one shard.

With --views, print the views otrace.spans and otrace.red over an existing table instead: SELECT … FROM otrace.spans then has the columns of every query here, as \`otrace sql\` has. Grafana's panels read them, and call functions that are created with them, otrace_percentiles(duration, weight) and others: the server's user needs CREATE FUNCTION.

With --additions, print ALTER TABLE … ADD INDEX and the lookup table for an existing table instead, named by --table (on a cluster, the local one) and --schema. \`otrace doctor\` says which of them would help.`

export function schemaCommand(context: Context): Command {
  const command = new Command('schema')
  command
    .description(DESCRIPTION)
    .option('--database <name>', 'database of the tables', 'otel')
    .option('--cluster <name>', 'cluster name, as in system.clusters')
    .option('--engine <engine>', 'MergeTree engine, such as "ReplicatedMergeTree(…)"')
    .addOption(
      option(
        '--ttl <duration>',
        'age at which spans and records are dropped, such as 30d',
        readTtl,
      ),
    )
    .option('--views', 'the views otrace.spans and otrace.red instead of tables')
    .option(
      '--reader [name]',
      'a user who may only read, instead of tables (default: otrace_reader)',
    )
    .option('--additions', 'indexes and the lookup table for an existing table instead of tables')
    .option('--table <name>', 'table under the views or of the additions', 'otel_traces')
    .option('--schema <name>', 'schema of that table, as `otrace doctor` names it', 'otel-map')
  addExamples(
    command,
    [
      'otrace schema --ttl 30d | clickhouse-client --multiquery',
      'otrace schema --database traces --cluster main',
      'otrace schema --views | clickhouse-client --multiquery',
      'otrace schema --reader',
      'otrace schema --additions --database default',
    ],
    ['otrace doctor --url <url> - whether the server has what otrace reads'],
  )
  return command.action(() => write(context.stdout, `${printed(command.opts<Flags>())}\n`))
}

/** Names that may not be empty, and what they often are. */
const USUAL = { database: 'otel', cluster: 'main', table: 'otel_traces', reader: 'otrace_reader' }

function printed(flags: Flags): string {
  for (const [flag, usual] of Object.entries(USUAL)) {
    if (flags[flag as keyof typeof USUAL] === '')
      throw usage(`--${flag} is empty`, `name one: --${flag} ${usual}`)
  }
  const chosen = (['views', 'additions', 'reader'] as const).filter((flag) => flags[flag])
  if (chosen.length > 1) {
    throw usage(`--${chosen[1]} with --${chosen[0]}`, 'print one after the other')
  }
  if (flags.additions) return additions({ ...flags, ...lookupOf(flags) })
  if (flags.reader === undefined) return flags.views ? views(flags) : schema(flags)
  const user = flags.reader === true ? 'otrace_reader' : flags.reader
  return reader(user, flags.database, flags.cluster)
}

function engineOf({ engine, cluster }: Flags): string {
  return readEngine(engine ?? (cluster === undefined ? 'MergeTree' : 'ReplicatedMergeTree'))
}

function lookupOf(flags: Flags): { engine: string; ttl: string } {
  const { ttl } = flags
  return {
    engine: lookupEngine(engineOf(flags)),
    ttl: ttl === undefined ? '' : `\nTTL toDateTime(Start) + ${interval(ttl)}`,
  }
}

function schema(flags: Flags): string {
  const { database, cluster, ttl } = flags
  const local = cluster === undefined ? '' : '_local'
  const chosen = engineOf(flags)
  const lookup = lookupOf(flags)
  const values: Record<string, string> = {
    database: name(database),
    database_text: text(database),
    cluster: text(cluster ?? ''),
    on_cluster: cluster === undefined ? '' : ` ON CLUSTER ${name(cluster)}`,
    local,
    engine: chosen,
    lookup_engine: lookup.engine,
    logs_engine: besideEngine(chosen, '_logs'),
    ttl: ttl === undefined ? '' : `\nTTL toDateTime(Timestamp) + ${interval(ttl)}`,
    lookup_ttl: lookup.ttl,
  }
  const files = ['traces', 'logs', ...(cluster === undefined ? [] : ['distributed'])]
  const template = files.map((file) => readSql(`internal/schema/${file}.sql`)).join('\n\n')
  return paste(template, values)
}

const STRING = String.raw`'(?:[^'\\]|\\.)*'`
/** A replicated engine may name its path and its replica. */
const ENGINE = new RegExp(
  String.raw`^(?:MergeTree(?:\(\s*\))?|(?:Replicated|Shared)MergeTree(?:\(\s*(?:${STRING}\s*,\s*${STRING}\s*)?\))?)$`,
)

/** Without parameters a replicated engine uses the server's default_replica_path. */
function readEngine(engine: string): string {
  if (ENGINE.test(engine)) return engine
  throw usage(
    `--engine '${engine}' is not a MergeTree engine, or has clauses after it`,
    `use MergeTree, ReplicatedMergeTree, SharedMergeTree or "ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')"`,
  )
}

function lookupEngine(engine: string): string {
  return besideEngine(engine, '_trace_id_ts').replace(/MergeTree/, 'AggregatingMergeTree')
}

/** Tables with the same path would become replicas: without a macro, the table beside the spans gets a suffix. */
function besideEngine(engine: string, suffix: string): string {
  const [path] = new RegExp(STRING).exec(engine) ?? []
  const own =
    path === undefined || /\{(?:table|uuid)\}/.test(path)
      ? path
      : path.replace(/\/*'$/, `${suffix}'`)
  return engine.replace(new RegExp(STRING), (whole) => own ?? whole)
}

/** Seconds. DateTime wraps in 2106: a TTL of a century would drop new spans at once. */
const LONGEST = 60 * 365 * 86_400

function readTtl(flag: string, text: string): number {
  const seconds = readSeconds(flag, text)
  if (!Number.isInteger(seconds)) throw usage(`${flag} '${text}' is not whole seconds`, 'use 30d')
  if (seconds <= LONGEST) return seconds
  throw usage(
    `${flag} '${text}' is too long: the time column ends in 2106`,
    'shorten it, like 30d, or leave it out to keep every span',
  )
}

/** Uses the largest unit that divides it, as the exporter does. */
function interval(seconds: number): string {
  const units = { toIntervalDay: 86_400, toIntervalHour: 3600, toIntervalMinute: 60 }
  const [unit, size] = Object.entries(units).find(([, size]) => seconds % size === 0) ?? [
    'toIntervalSecond',
    1,
  ]
  return `${unit}(${seconds / size})`
}

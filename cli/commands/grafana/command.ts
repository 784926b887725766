/** `otrace grafana`: dashboards of every query file, as files or in a running Grafana. */
import { join } from 'node:path'
import { Command } from 'commander'
import type { Context } from '../../context.ts'
import { usage } from '../../errors.ts'
import { addExamples } from '../../options/examples.ts'
import { writeTextFile } from '../../output/new-file.ts'
import { write } from '../../output/output.ts'
import { withGoodDefaults } from '../../query/bind.ts'
import type { QueryFiles } from '../../query/files.ts'
import { dashboards } from './dashboards.ts'
import { push } from './push.ts'

interface Flags {
  out: string
  url?: string
  token?: string
  database: string
  table: string
  views: boolean
  shop?: true
}

const DESCRIPTION = `Write Grafana dashboards for the ClickHouse data source: a service, the business with your own query files, and the runtimes.
Their panels read the views that \`otrace schema --views\` creates; with --no-views each carries the whole SQL.

With --url, send them to a running Grafana instead, where they replace those of the last time.`

export function grafanaCommand(readFiles: () => Promise<QueryFiles>, context: Context): Command {
  const command = new Command('grafana')
    .description(DESCRIPTION)
    .option('--out <directory>', 'folder of the files', 'grafana')
    .option('--url <url>', 'address of a Grafana to send them to, such as http://127.0.0.1:3000')
    .option('--token <token>', 'token of a service account (or GRAFANA_TOKEN)')
    .option('--database <name>', 'database of the spans table', 'otel')
    .option('--table <name>', 'spans table', 'otel_traces')
    .option('--no-views', 'the whole SQL in each panel instead of views')
    .option('--shop', 'the queries of the example shop, too')
  addExamples(
    command,
    [
      'otrace grafana --out dashboards',
      'otrace grafana --url http://127.0.0.1:3000 --token glsa_…',
    ],
    ['otrace schema --views - the views that panels read'],
  )
  return command.action(async () => {
    const { out, url, token, shop, ...tables } = command.opts<Flags>()
    if (url === undefined && token !== undefined) {
      throw usage('--token without --url', 'name the Grafana, like --url http://127.0.0.1:3000')
    }
    const queries = (await readFiles()).queries.filter(({ example }) => shop || !example)
    const made = dashboards(queries.map(withGoodDefaults), tables)
    if (url === undefined) {
      for (const dashboard of made) {
        const path = join(out, `${dashboard.uid}.json`)
        writeTextFile(path, `${JSON.stringify(dashboard, null, 2)}\n`, {
          elsewhere: 'name another folder with --out',
          replaces: true,
        })
        await write(context.stdout, `${path}\n`)
      }
    } else {
      const login = token ?? context.env.GRAFANA_TOKEN
      for (const dashboard of made) {
        await write(context.stdout, `${await push(dashboard, url, login)}\n`)
      }
    }
    if (tables.views)
      context.say('panels read views: otrace schema --views | clickhouse-client --multiquery')
  })
}

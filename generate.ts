/** `npm run generate`: what is said twice is written once here. The README's catalogue and Grafana's dashboard, out of queries/. */
import { readFileSync, writeFileSync } from 'node:fs'
import { readCatalogue, readProfiles, readQuery } from './cli/catalogue.ts'
import { compose } from './cli/query/compose.ts'
import { defaults } from './cli/query/fill.ts'
import { stripHeader } from './cli/query/header.ts'
import type { Question } from './cli/query/parse.ts'
import { packageRoot } from './package.ts'

const { questions } = readCatalogue([], new Set())

/** Files that are generated, whole, by their path in the repository. */
export function generated(): Map<string, string> {
  return new Map([
    ['README.md', withCatalogue(readFileSync(new URL('README.md', packageRoot), 'utf8'))],
    ['compose/grafana/dashboards/otrace.json', `${JSON.stringify(dashboard(), null, 2)}\n`],
  ])
}

if (process.argv[1]?.endsWith('generate.ts')) {
  for (const [path, text] of generated()) writeFileSync(new URL(path, packageRoot), text)
}

function withCatalogue(readme: string): string {
  const rows = questions.map(({ name, title, params }) => {
    const needed = params.filter((param) => param.default === undefined)
    const usage = [name, ...needed.map((param) => `<${param.name.replaceAll('_', '-')}>`)].join(' ')
    return `| \`otrace ${usage}\` | ${title} |`
  })
  const table = ['| command | shows |', '|---|---|', ...rows].join('\n')
  return readme.replace(
    /(<!-- questions -->\n)[\s\S]*?(<!-- \/questions -->)/,
    (_, start, end) => `${start}${table}\n${end}`,
  )
}

/** One panel for each question that needs no argument, two in a row. */
function dashboard() {
  const shown = questions.filter(({ params }) =>
    params.every((param) => param.default !== undefined),
  )
  return {
    uid: 'otrace',
    title: 'otrace',
    tags: ['otrace', 'traces'],
    schemaVersion: 39,
    time: { from: 'now-1h', to: 'now' },
    panels: shown.map((question, i) => ({
      id: i + 1,
      title: question.title,
      description: question.description,
      type: question.panel,
      datasource: { type: 'grafana-clickhouse-datasource', uid: 'clickhouse' },
      gridPos: { x: (i % 2) * 12, y: Math.floor(i / 2) * 9, w: 12, h: 9 },
      fieldConfig: {
        defaults: {},
        overrides: Object.entries(question.units).map(([column, unit]) => ({
          matcher: { id: 'byName', options: column },
          properties: [{ id: 'unit', value: unit }],
        })),
      },
      targets: [
        {
          refId: 'A',
          editorType: 'sql',
          queryType: question.panel === 'timeseries' ? 'timeseries' : 'table',
          format: question.panel === 'timeseries' ? 0 : 1,
          rawSql: grafanaSql(question),
        },
      ],
    })),
  }
}

/** The final SQL with Grafana's own variables where otrace binds parameters: Grafana's data source binds none. */
function grafanaSql(question: Question): string {
  const profile = readProfiles().find(({ name }) => name === 'otel-map')!
  const { sql, params } = compose(question.sql, defaults(question, {}), {
    profile,
    red: stripHeader(readQuery('red/from-spans.sql')),
    database: 'otel',
    table: 'otel_traces',
    population: { conditions: [], traceConditions: [] },
    ...(question.windowless ? {} : { window: { from: 0n, to: 1n, bucket: 1 } }),
  })
  const host: Record<string, string> = {
    from: "toDateTime64(fromUnixTimestamp64Milli($__from), 9, 'UTC')",
    to: "toDateTime64(fromUnixTimestamp64Milli($__to), 9, 'UTC')",
    bucket: '$__interval_s',
  }
  return sql.replace(/\{\s*(\w+)\s*:([^{}]*)\}/g, (_, name: string, type: string) => {
    const value = String(params[name])
    if (host[name]) return host[name]
    return /^(?:U?Int|Float|Identifier)/.test(type) ? value : `'${value}'`
  })
}

/** `npm run generate`: what is said twice is written once here. The README's catalogue and outputs, and Grafana's dashboard. */
import { readFileSync, writeFileSync } from 'node:fs'
import { readCatalogue, readProfiles, readQuery } from './cli/catalogue.ts'
import { compose } from './cli/query/compose.ts'
import { defaults } from './cli/query/fill.ts'
import { stripHeader } from './cli/query/header.ts'
import type { Question } from './cli/query/parse.ts'
import { packageRoot } from './package.ts'
import { otrace, temporaryFolder } from './test/otrace.ts'
import { loadRecording, RECORDED_UNTIL } from './test/recording.ts'

const { questions } = readCatalogue([], { flags: new Set(), commands: new Set() })

/** Files that are generated, whole, by their path in the repository. */
export async function generated(): Promise<Map<string, string>> {
  const readme = readFileSync(new URL('README.md', packageRoot), 'utf8')
  return new Map([
    ['README.md', withCatalogue(await withOutputs(readme))],
    ['compose/grafana/dashboards/otrace.json', `${JSON.stringify(dashboard(), null, 2)}\n`],
  ])
}

const OUTPUT = /(<!-- \$ (otrace [^\n]*) -->\n)[\s\S]*?(<!-- \/\$ -->)/g

/** Runs every `<!-- $ otrace … -->` of a text on the recording, and writes what it says below it. */
async function withOutputs(text: string): Promise<string> {
  const folder = temporaryFolder()
  await loadRecording(folder.path)
  const env = { OTRACE_DATA: folder.path, OTRACE_NOW: RECORDED_UNTIL, COLUMNS: '100' }
  const outputs = new Map<string, string>()
  for (const [, , command = ''] of text.matchAll(OUTPUT)) {
    const { stdout, stderr, exit } = await otrace(command.split(' ').slice(1), { env })
    if (exit !== 0) throw new Error(`${command}: ${stderr}`)
    outputs.set(command, `${stdout.trimEnd()}${stderr ? `\n${stderr.trimEnd()}` : ''}`)
  }
  folder.remove()
  return text.replace(OUTPUT, (_, start: string, command: string, end: string) => {
    return `${start}\`\`\`text\n$ ${command}\n${outputs.get(command)}\n\`\`\`\n${end}`
  })
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
    percentiles: stripHeader(readQuery('red/percentiles.sql')),
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

if (process.argv[1]?.endsWith('generate.ts')) {
  for (const [path, text] of await generated()) writeFileSync(new URL(path, packageRoot), text)
}

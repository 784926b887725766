/** `npm run generate`: documentation, pictures, the manual page, dashboards, and tables. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dashboards } from '../cli/commands/grafana/dashboards.ts'
import { readQuery, readQueryFiles, readSchemas } from '../cli/query/files.ts'
import type { Query } from '../cli/query/query-file.ts'
import { packageRoot } from '../package.ts'
import type { FaultName } from '../server/faults.ts'
import { temporaryFolder } from '../test/folder.ts'
import { runHere } from '../test/otrace.ts'
import { RECORDED_UNTIL, startRecorded } from '../test/recording.ts'
import { endOf, startFaulty } from '../test/virtual-shop/faults.ts'
import { manPage } from './man-page.ts'
import { PICTURES, picture, THEMES } from './pictures.ts'
import { takeScreenshot } from './screenshot.ts'

const { queries } = readQueryFiles([], { flags: new Set(), commands: new Set() })

/** Markdown files with generated blocks. */
const PAGES = [
  'README.md',
  ...readdirSync(new URL('docs/', packageRoot))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
]

/** The text of each generated file, by its path in the repository. */
export async function generated(): Promise<Map<string, string>> {
  const pages = new Map(
    PAGES.map((path) => [path, readFileSync(new URL(path, packageRoot), 'utf8')]),
  )
  const { outputs, pictures } = await runAll([...pages.values()])
  for (const [path, text] of pages) pages.set(path, withCatalogues(withOutputs(text, outputs)))
  const tables = { database: 'otel', table: 'otel_traces', views: true }
  for (const dashboard of dashboards(queries, tables)) {
    const path = `compose/grafana/dashboards/${dashboard.uid}.json`
    pages.set(path, `${JSON.stringify(dashboard, null, 2)}\n`)
  }
  pages.set('man/otrace.1', manPage(queries))
  for (const [path, svg] of pictures) pages.set(path, svg)
  // The server runs it once, when its volume is empty.
  const tablesDdl = await runHere(['schema', '--ttl', '72h'])
  const viewsDdl = await runHere(['schema', '--views'])
  const clusterDdl = await runHere(['schema', '--ttl', '72h', '--cluster', 'otrace'])
  const clusterViews = await runHere(['schema', '--views', '--cluster', 'otrace'])
  pages.set('compose/cluster/init.sql', `${clusterDdl.stdout}\n${clusterViews.stdout}`)
  return pages.set('compose/clickhouse/init.sql', `${tablesDdl.stdout}\n${viewsDdl.stdout}`)
}

/** `<!-- $ otrace … -->`, or `<!-- slow-disk $ otrace … -->` on a run with that fault. */
const OUTPUT = /(<!-- (?:([a-z-]+) )?\$ (otrace [^\n]*) -->\n)[\s\S]*?(<!-- \/\$ -->)/g

/** Runs every `<!-- $ otrace … -->` on its recording, and the commands with pictures. */
async function runAll(texts: string[]) {
  const folder = temporaryFolder()
  const wanted = texts.flatMap((text) => [...text.matchAll(OUTPUT)])
  const outputs = new Map<string, string>()
  const add = async (data: string, isFaulty: boolean) => {
    for (const [, , fault, command = ''] of wanted) {
      if ((fault !== undefined) !== isFaulty) continue
      const now = fault === undefined ? RECORDED_UNTIL : endOf(fault as FaultName)
      const env = { OTRACE_DATA: data, OTRACE_NOW: now, COLUMNS: '100' }
      const { stdout, stderr } = await runLine(command, env)
      const text = `${stdout.trimEnd()}${stderr ? `\n${stderr.trimEnd()}` : ''}`
      outputs.set(`${fault} ${command}`, text)
    }
  }
  // One after the other: a process opens one engine.
  const usual = join(folder.path, 'usual')
  const recorded = await startRecorded(usual)
  await add(usual, false)
  const pictures = await takePictures({ OTRACE_DATA: usual, OTRACE_NOW: RECORDED_UNTIL })
  await recorded.stop()
  const faults = join(folder.path, 'faulty')
  const faulty = await startFaulty(faults)
  await add(faults, true)
  await faulty.stop()
  folder.remove()
  return { outputs, pictures }
}

async function runLine(command: string, env: Record<string, string>) {
  const run = await runHere(command.split(' ').slice(1), { env })
  if (run.exit !== 0) throw new Error(`${command}: ${run.stderr}`)
  return run
}

/** The pictures of commands, by their paths in the repository. */
async function takePictures(env: Record<string, string>): Promise<Map<string, string>> {
  const pictures = new Map<string, string>()
  for (const [name, command, columns] of PICTURES) {
    const coloured = { ...env, COLUMNS: String(columns), FORCE_COLOR: '1' }
    const { stdout } = await runLine(command, coloured)
    for (const theme of THEMES) {
      pictures.set(`docs/pictures/${name}.${theme}.svg`, picture(command, stdout, columns, theme))
    }
  }
  return pictures
}

function withOutputs(text: string, outputs: Map<string, string>): string {
  return text.replace(OUTPUT, (_, start: string, fault: string, command: string, end: string) => {
    const output = outputs.get(`${fault} ${command}`)
    return `${start}\`\`\`text\n$ ${command}\n${output}\n\`\`\`\n${end}`
  })
}

/** The tables between `<!-- name -->` and `<!-- /name -->`. */
function withCatalogues(text: string): string {
  const tables: Record<string, () => string[]> = {
    queries: () => queryTable(queries.filter(({ example }) => !example)),
    'shop queries': () => queryTable(queries.filter(({ example }) => example)),
    schemas: schemaTable,
  }
  return text.replace(
    /(<!-- ([a-z ]+) -->\n)[\s\S]*?(<!-- \/\2 -->)/g,
    (whole, start: string, name: string, end: string) =>
      tables[name] ? `${start}${tables[name]().join('\n')}\n${end}` : whole,
  )
}

function queryTable(shown: Query[]): string[] {
  const rows = shown.map(({ name, title, params }) => {
    const needed = params.filter((param) => param.default === undefined)
    const usage = [
      name,
      ...needed.map(({ name, label = name }) => `<${label.replaceAll('_', '-')}>`),
    ].join(' ')
    return `| \`otrace ${usage}\` | ${title} |`
  })
  return ['| command | shows |', '|---|---|', ...rows]
}

/** Name and title of each file in queries/spans/. */
function schemaTable(): string[] {
  const rows = readSchemas().map(({ name }) => {
    const [head = ''] = readQuery(`spans/${name}.sql`).split('\n')
    return `| \`${name}\` | ${head.replace(/^-- /, '')} |`
  })
  return ['| schema | tables |', '|---|---|', ...rows]
}

if (process.argv[1]?.endsWith('generate.ts')) {
  for (const [path, text] of await generated()) writeFileSync(new URL(path, packageRoot), text)
  await takeScreenshot()
}

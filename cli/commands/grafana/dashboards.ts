/** Three dashboards: a service, the business, and the runtimes. */
import { readQuery } from '../../query/files.ts'
import { parseQueryFile, type Query } from '../../query/query-file.ts'
import { DATASOURCE, type GrafanaPanel, PLUGIN, panelOf, tracePanel } from './panel.ts'
import { isNumber, type PanelTables, required, variableOf } from './sql.ts'

export interface Dashboard {
  uid: string
  title: string
  panels: GrafanaPanel[]
  [key: string]: unknown
}

const BUSINESS = ['top', 'journey', 'auth-failures']
const RUNTIME = ['gc', 'storage']
/** First on their dashboard. */
const OVER_TIME = ['rps', 'latency']

/**
 * @param queries every query file, the user's included; those about the example shop go with the
 *   business
 */
export function dashboards(queries: Query[], tables: PanelTables): Dashboard[] {
  const own = queries.filter(({ builtIn, example }) => !builtIn || example)
  const builtIn = queries.filter((query) => !own.includes(query))
  const chosen = (names: string[]) => builtIn.filter(({ name }) => names.includes(name))
  const service = builtIn.filter(({ name }) => ![...BUSINESS, ...RUNTIME].includes(name))
  const first = [...service].sort((a, b) => rank(a) - rank(b))
  const trace = internal('trace')
  return [
    dashboard('service', 'Service', first, tables, {
      where: [SERVICE_IS, OPERATION_IS].join('\n  AND '),
      variables: [service_(tables), operation_(tables), textVariable('trace_id', '(trace id)')],
      more: [{ ...tracePanel(trace, tables), height: 18 }],
    }),
    dashboard('business', 'Business', [...chosen(BUSINESS), ...own], tables, {
      where: SERVICE_IS,
      variables: [service_(tables)],
    }),
    dashboard(
      'runtime',
      'Runtime',
      [internal('heap'), internal('event-loop'), ...chosen(RUNTIME)],
      tables,
      {
        where: SERVICE_IS,
        variables: [service_(tables)],
      },
    ),
  ]
}

const rank = ({ name }: Query) => [...OVER_TIME, name].indexOf(name)

function internal(name: string): Query {
  const path = `internal/grafana/${name}.sql`
  return { ...parseQueryFile(path, readQuery(path), new Set()), builtIn: true }
}

interface Parts {
  where: string
  variables: object[]
  more?: (object & { height: number; type: string })[]
}

function dashboard(
  name: string,
  title: string,
  queries: Query[],
  tables: PanelTables,
  { where, variables, more = [] }: Parts,
): Dashboard {
  const panels = [
    ...queries.map((query) => ({ ...panelOf(query, tables, where), height: 9 })),
    ...more,
  ]
  const asked = new Map(
    queries.flatMap(required).map((param) => [variableOf(param), textOf(param)] as const),
  )
  return {
    uid: `otrace-${name}`,
    title: `otrace · ${title}`,
    tags: ['otrace', 'traces'],
    schemaVersion: 39,
    editable: true,
    time: { from: 'now-1h', to: 'now' },
    links: [
      { type: 'dashboards', title: 'otrace', tags: ['otrace'], asDropdown: true, keepTime: true },
    ],
    templating: {
      list: [
        DATASOURCE_VARIABLE,
        ...variables,
        ...[...asked].map(([variable, text]) => textVariable(variable, text)),
      ],
    },
    panels: placed(panels),
  }
}

/** Series two to a row, tables over the whole width. */
function placed(panels: (object & { height: number; type: string })[]): GrafanaPanel[] {
  let [x, y, below] = [0, 0, 0]
  return panels.map(({ height, ...panel }, i) => {
    const w = panel.type === 'timeseries' || panel.type === 'barchart' ? 12 : 24
    if (x + w > 24) [x, y] = [0, below]
    const gridPos = { x, y, w, h: height }
    below = Math.max(below, y + height)
    x += w
    return { id: i + 1, ...panel, gridPos } as unknown as GrafanaPanel
  })
}

const DATASOURCE_VARIABLE = {
  name: 'datasource',
  label: 'Data source',
  type: 'datasource',
  query: PLUGIN,
}

// The plugin's macro: every value where All is chosen.
const SERVICE_IS = `$__conditionalAll(service IN (\${service:singlequote}), $service)`
const OPERATION_IS = `$__conditionalAll(name IN (\${operation:singlequote}), $operation)`
const IN_WINDOW = (column: string) => `${column} >= $__fromTime_ms AND ${column} <= $__toTime_ms`

/** Grafana quotes a chosen value, and leaves its backslashes, which would end the quote. */
const NO_BACKSLASH = (column: string) => `position(${column}, '\\\\') = 0`

const service_ = ({ views, database, table }: PanelTables) =>
  views
    ? listVariable(
        'service',
        `SELECT DISTINCT service FROM otrace.spans WHERE ${IN_WINDOW('time')} AND ${NO_BACKSLASH('service')} ORDER BY service`,
      )
    : listVariable(
        'service',
        `SELECT DISTINCT ServiceName FROM ${database}.${table} WHERE ${IN_WINDOW('Timestamp')} AND ${NO_BACKSLASH('ServiceName')} ORDER BY ServiceName`,
      )

const operation_ = ({ views, database, table }: PanelTables) =>
  views
    ? listVariable(
        'operation',
        `SELECT DISTINCT name FROM otrace.spans WHERE ${IN_WINDOW('time')} AND is_entry AND ${NO_BACKSLASH('name')} AND ${SERVICE_IS} ORDER BY name`,
      )
    : listVariable(
        'operation',
        `SELECT DISTINCT SpanName FROM ${database}.${table} WHERE ${IN_WINDOW('Timestamp')} AND ${NO_BACKSLASH('SpanName')} AND ${SERVICE_IS.replace('service IN', 'ServiceName IN')} ORDER BY SpanName`,
      )

function listVariable(name: string, rawSql: string) {
  return {
    name,
    label: name[0]!.toUpperCase() + name.slice(1),
    type: 'query',
    datasource: DATASOURCE,
    query: { editorType: 'sql', rawSql },
    refresh: 2,
    includeAll: true,
    multi: true,
    current: { text: 'All', value: '$__all' },
  }
}

function textVariable(name: string, text: string) {
  return { name, type: 'textbox', query: text, current: { text, value: text } }
}

/** Matches nothing until the user types. */
const textOf = ({ name, label = name, type }: Query['params'][number]) =>
  label === 'attribute' ? 'http.route' : isNumber(type) ? '0' : `(${label.replaceAll('_', ' ')})`

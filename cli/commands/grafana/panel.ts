/** A Grafana panel of a query. */
import type { Query } from '../../query/query-file.ts'
import { grafanaSql, type PanelTables } from './sql.ts'

/** As of the plugin's release of 2026-11: https://github.com/grafana/clickhouse-datasource/releases */
export const PLUGIN_VERSION = '4.21.2'
export const PLUGIN = 'grafana-clickhouse-datasource'

/** `format` of a target, as the plugin numbers them. */
const FORMATS = { timeseries: 0, table: 1, traces: 3 } as const

/** The data source that the variable `datasource` chooses. */
export const DATASOURCE = { type: PLUGIN, uid: `\${datasource}` }

/** Columns whose cells open the trace panel of the service dashboard. */
const TRACE_COLUMNS = ['trace_id', 'last_trace_id']

export interface GrafanaPanel {
  title: string
  type: string
  gridPos: { h: number; w: number; x: number; y: number }
  targets: Target[]
  [key: string]: unknown
}

interface Target {
  refId: string
  editorType: string
  queryType: string
  format: number
  pluginVersion: string
  rawSql: string
  [key: string]: unknown
}

/** A panel without a place. @param where a condition with Grafana's variables */
export function panelOf(query: Query, tables: PanelTables, where?: string) {
  const most = query.params.find(({ name }) => name === 'limit')?.default
  return {
    title: query.title,
    // Grafana has no place for the note that there are more.
    description: [query.description, most && `At most ${most} rows.`].filter(Boolean).join('\n\n'),
    // Grafana's histogram counts values itself.
    type: query.panel === 'histogram' ? 'barchart' : (query.panel as string),
    datasource: DATASOURCE,
    fieldConfig: { defaults: {}, overrides: overrides(query) },
    targets: [
      target(
        query.panel === 'timeseries' ? 'timeseries' : 'table',
        grafanaSql(query, tables, where),
      ),
    ],
  }
}

/** The panel of one trace, whose id is a variable. */
export function tracePanel(query: Query, tables: PanelTables) {
  return {
    ...panelOf(query, tables),
    title: 'Trace',
    type: 'traces',
    targets: [target('traces', grafanaSql(query, tables))],
  }
}

function target(queryType: keyof typeof FORMATS, rawSql: string): Target {
  return {
    refId: 'A',
    datasource: DATASOURCE,
    editorType: 'sql',
    queryType,
    format: FORMATS[queryType],
    pluginVersion: PLUGIN_VERSION,
    rawSql,
  }
}

function overrides(query: Query) {
  const { units, panel, samples, covered } = query
  const of = (column: string, id: string, value: unknown) => ({
    matcher: { id: 'byName', options: column },
    properties: [{ id, value }],
  })
  const hidden = panel === 'timeseries' ? [samples, covered] : []
  return [
    ...Object.entries(units).map(([column, unit]) => of(column, 'unit', unit)),
    ...hidden
      .filter((column) => column !== undefined)
      .map((column) => of(column, 'custom.hideFrom', { legend: true, tooltip: false, viz: true })),
    ...TRACE_COLUMNS.map((column) => of(column, 'links', [TRACE_LINK])),
  ]
}

const TRACE_LINK = {
  title: 'Open the trace',
  url: `/d/otrace-service?\${__url_time_range}&\${datasource:queryparam}&var-trace_id=\${__value.raw}`,
}

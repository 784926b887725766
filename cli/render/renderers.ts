/** What draws each panel. Pure; for `output` alone, so that charts are loaded only where something is shown to people. */
import { barchart } from './barchart.ts'
import { heatmap } from './heatmap.ts'
import type { Panel } from './panels.ts'
import type { Renderer } from './renderer.ts'
import { stat } from './stat.ts'
import { table } from './table.ts'
import { timeseries } from './timeseries.ts'

export const renderers = { table, timeseries, barchart, stat, heatmap } satisfies Record<
  Panel,
  Renderer
>

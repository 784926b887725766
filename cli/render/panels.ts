/** The panels that a query file may name: types of panels and what draws them. */
import type { Renderer } from './renderer.ts'

/** Loaded when they draw, so that reading a query file or writing JSON loads no renderer. */
export const PANELS = {
  table: async () => (await import('./panels/table.ts')).renderTable,
  timeseries: async () => (await import('./panels/timeseries.ts')).renderTimeseries,
  barchart: async () => (await import('./panels/barchart.ts')).renderBarchart,
  stat: async () => (await import('./panels/stat.ts')).renderStat,
  heatmap: async () => (await import('./panels/heatmap.ts')).renderHeatmap,
  histogram: async () => (await import('./panels/histogram.ts')).renderHistogram,
} satisfies Record<string, () => Promise<Renderer>>

export type Panel = keyof typeof PANELS

export const panels = Object.keys(PANELS) as Panel[]

/** The columns without which a panel is drawn as a table. */
export const PANEL_NEEDS: Record<Panel, { time?: boolean; numbers?: number }> = {
  table: {},
  timeseries: { time: true, numbers: 1 },
  barchart: { numbers: 1 },
  stat: {},
  heatmap: { time: true, numbers: 2 },
  histogram: { numbers: 2 },
}

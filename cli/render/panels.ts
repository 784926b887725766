/** The panels that a query file may name: Grafana's panel types. Data alone, so that reading a query file loads no renderer. */

export const panels = ['table', 'timeseries', 'barchart', 'stat', 'heatmap'] as const

/** What draws an answer; `renderers` has one for each. */
export type Panel = (typeof panels)[number]

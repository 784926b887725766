/** A Collector's configuration that samples a quarter of the spans, in each mode. */

export const MODES = ['hash_seed', 'proportional'] as const

/** A pipeline for each mode, from a port of its own. @param exporter of OTLP over HTTP */
export function sampling(ports: Record<(typeof MODES)[number], number>, exporter: object): object {
  const each = <T>(of: (mode: (typeof MODES)[number]) => [string, T]) =>
    Object.fromEntries(MODES.map(of))
  return {
    receivers: each((mode) => [
      `otlp/${mode}`,
      { protocols: { http: { endpoint: `127.0.0.1:${ports[mode]}` } } },
    ]),
    processors: each((mode) => [
      `probabilistic_sampler/${mode}`,
      { mode, sampling_percentage: 25 },
    ]),
    exporters: { otlp_http: exporter },
    service: {
      telemetry: { metrics: { level: 'none' } },
      pipelines: each((mode) => [
        `traces/${mode}`,
        {
          receivers: [`otlp/${mode}`],
          processors: [`probabilistic_sampler/${mode}`],
          exporters: ['otlp_http'],
        },
      ]),
    },
  }
}

SELECT name FROM system.columns WHERE database = 'otel' AND table = 'otel_traces'
UNION ALL
SELECT name FROM system.data_skipping_indices WHERE database = 'otel' AND table = 'otel_traces'
UNION ALL
SELECT name FROM system.projections WHERE database = 'otel' AND table = 'otel_traces'

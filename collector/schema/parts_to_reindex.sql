-- Parts of spans, newest day first: those days are asked for most. collector/engine/reindex.ts finds those that lack
-- something of additions_to_traces.sql; which indexes a part has, only its folder tells.
SELECT partition AS day, path, rows AS spans, hasAll(projections, ['red', 'attribute_keys', 'resources']) AS summed
FROM system.parts
WHERE database = 'otel' AND table = 'otel_traces' AND active
ORDER BY day DESC

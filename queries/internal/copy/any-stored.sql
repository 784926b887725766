-- Whether the local store has spans of the window

SELECT 1 AS any
FROM otel.otel_traces
WHERE Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')}
LIMIT 1

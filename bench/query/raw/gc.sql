SELECT ServiceName, ResourceAttributes['host.name'] AS host, SpanAttributes['process.pid'] AS pid, count(),
  max(minor) - min(minor), max(major) - min(major), max(seconds) - min(seconds) AS gc, argMax(heap, Timestamp),
  max(heap),
  max(toFloat64OrZero(SpanAttributes['nodejs.eventloop.delay.max']))
FROM (
  SELECT ServiceName, ResourceAttributes, SpanAttributes, Timestamp,
    toUInt64OrZero(SpanAttributes['v8js.gc.minor.count']) AS minor,
    toUInt64OrZero(SpanAttributes['v8js.gc.major.count']) AS major,
    toFloat64OrZero(SpanAttributes['v8js.gc.minor.duration'])
      + toFloat64OrZero(SpanAttributes['v8js.gc.major.duration']) AS seconds,
    toUInt64OrZero(SpanAttributes['v8js.memory.heap.used']) AS heap
  FROM otel.otel_traces
  WHERE Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')}
    AND mapContains(SpanAttributes, 'v8js.gc.minor.count')
)
GROUP BY ServiceName, host, pid
ORDER BY gc DESC

-- Garbage collection by process
--
-- What the runtime of each process said on its requests: collections between the first and the last of them, the time those took, the heap
-- and the longest event-loop delay. Time in major collections that rises with the heap is a leak; a late event loop with few collections is
-- work that blocks it (`otrace slow`). Spans with `v8js.gc.*` attributes, as the shop sets them on `runtime_stats`.
--
-- @column gc_time ns
-- @column gc_share percentunit
-- @column heap_last bytes
-- @column heap_max bytes
-- @column loop_delay_max ns

SELECT
  service,
  resource['host.name'] AS host,
  attributes['process.pid'] AS pid,
  count() AS requests,
  max(minor_count) - min(minor_count) AS minor,
  max(major_count) - min(major_count) AS major,
  max(other_count) - min(other_count) AS other,
  toUInt64(round((max(seconds) - min(seconds)) * 1e9)) AS gc_time,
  gc_time / greatest(dateDiff('nanosecond', min(time), max(time)), 1) AS gc_share,
  argMax(heap, time) AS heap_last,
  max(heap) AS heap_max,
  toUInt64(round(max(toFloat64OrZero(attributes['nodejs.eventloop.delay.max'])) * 1e9)) AS loop_delay_max
FROM (
  SELECT
    service, resource, attributes, time,
    toUInt64OrZero(attributes['v8js.gc.minor.count']) AS minor_count,
    toUInt64OrZero(attributes['v8js.gc.major.count']) AS major_count,
    toUInt64OrZero(attributes['v8js.gc.incremental.count']) + toUInt64OrZero(attributes['v8js.gc.weakcb.count']) AS other_count,
    toFloat64OrZero(attributes['v8js.gc.minor.duration']) + toFloat64OrZero(attributes['v8js.gc.major.duration'])
      + toFloat64OrZero(attributes['v8js.gc.incremental.duration']) + toFloat64OrZero(attributes['v8js.gc.weakcb.duration']) AS seconds,
    toUInt64OrZero(attributes['v8js.memory.heap.used']) AS heap
  FROM spans
  WHERE mapContains(attributes, 'v8js.gc.minor.count')
)
GROUP BY service, host, pid
ORDER BY gc_time DESC

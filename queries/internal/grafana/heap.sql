-- Heap in use by process
--
-- The largest heap that the spans of a process say, over time.
--
-- @panel timeseries
-- @column heap bytes

SELECT
  toStartOfInterval(spans.time, toIntervalSecond({bucket:UInt32}), 'UTC') AS time,
  concat(
    service, ' ', if(attributes['process.pid'] != '', attributes['process.pid'], resource['process.pid'])) AS series,
  max(arrayMax(arrayMap(key -> toFloat64OrZero(attributes[key]), [
    'v8js.memory.heap.used', 'process.runtime.nodejs.memory.heap.used', 'jvm.memory.used',
    'process.runtime.jvm.memory.usage', 'go.memory.used', 'process.runtime.go.mem.heap_alloc',
    'dotnet.gc.last_collection.heap.size', 'process.runtime.cpython.memory']))) AS heap
FROM spans
GROUP BY time, series
HAVING heap > 0
ORDER BY time, series

-- Longest event-loop delay by process
--
-- The longest delay that the spans of a process say, over time.
--
-- @panel timeseries
-- @column delay s

SELECT
  toStartOfInterval(spans.time, toIntervalSecond({bucket:UInt32}), 'UTC') AS time,
  concat(
    service, ' ', if(attributes['process.pid'] != '', attributes['process.pid'], resource['process.pid'])) AS series,
  max(greatest(
    toFloat64OrZero(attributes['nodejs.eventloop.delay.max']),
    toFloat64OrZero(attributes['process.runtime.nodejs.eventloop.delay.max']))) AS delay
FROM spans
GROUP BY time, series
HAVING delay > 0
ORDER BY time, series

-- Log records, newest last
--
-- `arrived` keeps those of some parts, `recent` those since a time. Over a long window times alone tell which records
-- of many are read whole.

WITH chosen AS (
  SELECT *
  FROM {database:Identifier}.{logs:Identifier}
  WHERE if(/*+ arrived */1, _part IN {parts:Array(String)},
      Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')})
    AND if(/*+ recent */1, toUnixTimestamp64Nano(Timestamp) >= {since:Int64}, 1)
    AND (empty({services:Array(String)}) OR ServiceName IN {services:Array(String)})
    AND ({trace:String} = '' OR startsWith(TraceId, {trace:String}))
    AND severity_number(SeverityText, SeverityNumber) >= {severity:UInt8}
    AND ({contains:String} = '' OR positionCaseInsensitiveUTF8(Body, {contains:String}) > 0)
)
SELECT
  toString(cityHash64(Timestamp, TraceId, SpanId, ServiceName, Body)) AS key,
  toString(toUnixTimestamp64Nano(Timestamp)) AS ended,
  toTimeZone(Timestamp, 'UTC') AS time,
  severity_text(SeverityText, SeverityNumber) AS severity,
  severity_number(SeverityText, SeverityNumber) AS level,
  ServiceName AS service,
  Body AS body,
  TraceId AS trace_id,
  SpanId AS span_id,
  LogAttributes AS attributes
FROM chosen
WHERE if(/*+ long */1,
  Timestamp >= (
    SELECT min(Timestamp)
    FROM (
      SELECT Timestamp
      FROM chosen
      ORDER BY Timestamp DESC
      LIMIT {limit:UInt64}
    )
  ),
  1)
ORDER BY Timestamp DESC, TraceId, SpanId, Body, ServiceName, severity, level, LogAttributes
LIMIT {limit:UInt64}

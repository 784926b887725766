-- Spans that take messages, or those that sent them, and whether the message waited long
--
-- Affected are messages that waited longer than `least` ns from the end of the span that sent them. With filters,
-- messages of the traces of which a span matches.

SELECT
  if({of_sender:UInt8} = 1, sent.attributes, taken.attributes) AS attributes,
  if({of_sender:UInt8} = 1, sent.resource, taken.resource) AS resource,
  taken.began - sent.ended > {least:Float64} AS affected
FROM (
  SELECT trace_id, span_id, attributes, resource, toUnixTimestamp64Nano(time) + toInt64(duration) AS ended
  FROM /*+ whole */spans
  WHERE (trace_id, span_id) GLOBAL IN (
    SELECT trace_id, parent_id
    FROM /*+ whole */spans
    WHERE service = {of_service:String} AND operation = {of_name:String} AND kind = 'consumer')
) AS sent
INNER JOIN (
  SELECT trace_id, parent_id, attributes, resource, toUnixTimestamp64Nano(time) AS began
  FROM /*+ whole */spans
  WHERE service = {of_service:String} AND operation = {of_name:String} AND kind = 'consumer'
    AND if(/*+ filtered */1, trace_id GLOBAL IN (SELECT trace_id FROM spans), 1)
) AS taken ON taken.trace_id = sent.trace_id AND taken.parent_id = sent.span_id

-- Values of attributes on the spans that take messages, or on those that sent them, by how long the messages waited
--
-- As attributes.sql has them of spans. Affected are messages that waited longer than `least` ns from the end of the
-- span that sent them. With filters, messages of the traces of which a span matches.

SELECT
  key,
  value,
  toBool(grouping(value) = 1) AS absent,
  abs(if(absent, toInt64(any(all_affected)), 0) - toInt64(countIf(affected))) AS on_affected,
  abs(if(absent, toInt64(any(every - all_affected)), 0) - toInt64(countIf(NOT affected))) AS on_others,
  any(all_affected) AS of_affected,
  any(every) - of_affected AS of_others
FROM (
  SELECT
    affected,
    count() OVER () AS every,
    countIf(affected) OVER () AS all_affected,
    arrayJoin(arrayZip(
      arrayConcat(mapKeys(attributes), mapKeys(resource)),
      arrayConcat(mapValues(attributes), mapValues(resource)))) AS pair,
    pair.1 AS key,
    substringUTF8(pair.2, 1, 200) AS value
  FROM (
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
  )
)
GROUP BY GROUPING SETS ((key, value), (key))
HAVING absent OR on_affected >= greatest(3, 0.1 * of_affected)
ORDER BY absent DESC, on_affected DESC, key, value
LIMIT 1000

-- Values of the attributes of spans, by whether a span is affected
--
-- A row without a value is of spans that lack the attribute. Values on few affected spans are left out.

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
  FROM /*+ affected_spans */spans
)
GROUP BY GROUPING SETS ((key, value), (key))
HAVING absent OR on_affected >= greatest(3, 0.1 * of_affected)
ORDER BY absent DESC, on_affected DESC, key, value
LIMIT 1000

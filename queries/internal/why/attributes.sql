-- Values of attributes on the affected spans of an operation, and on its others
--
-- Affected are spans that take longer than `least`, or with the exception `error`, or, without both, spans in error. A
-- row without a value is of spans that lack the attribute. Values on few affected spans are left out. Only spans with
-- `within_value` of the attribute `within_key` are read, if one is given.

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
      attributes,
      resource,
      multiIf(
        {least:Float64} >= 0, duration > {least:Float64},
        {error:String} = '', toBool(is_error),
        arrayExists(one -> exception_pattern(one) = {error:String}, event_attributes)) AS affected
    FROM spans
    WHERE service = {of_service:String}
      AND ({of_name:String} = '' OR operation = {of_name:String})
      AND ({within_key:String} = ''
        OR mapContains(attributes, {within_key:String})
          AND substringUTF8(attributes[{within_key:String}], 1, 200) = {within_value:String}
        OR mapContains(resource, {within_key:String})
          AND substringUTF8(resource[{within_key:String}], 1, 200) = {within_value:String})
  )
)
GROUP BY GROUPING SETS ((key, value), (key))
HAVING absent OR on_affected >= greatest(3, 0.1 * of_affected)
ORDER BY absent DESC, on_affected DESC, key, value
LIMIT 1000

-- How many spans of an operation took at most as long as some durations
--
-- `keys` are services and operations, with a line break between, and `durations` of the same order are ns. `counts` has
-- one number for each, 0 for the other operations.

WITH concat(service, '\n', operation) AS key
SELECT
  key,
  count() AS samples,
  sumForEach(arrayMap(
    (wanted, most) -> toUInt64(wanted = key AND duration <= toUInt64OrZero(most)),
    {keys:Array(String)}, {durations:Array(String)})) AS counts
FROM spans
WHERE key IN {keys:Array(String)}
GROUP BY key

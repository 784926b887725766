-- Times of the traces whose id equals or begins with a text
--
-- From the lookup table of the schema (`@lookup`), which is sorted by trace id: a few granules, however large the
-- store. `first` and `last` are ns since 1970, since the columns have no zone. `last` is the start of the last span, in
-- some tables cut to the second, in others its end.

SELECT
  {id:Identifier} AS trace_id,
  toUnixTimestamp64Nano(toDateTime64(min({start:Identifier}), 9)) AS first,
  toUnixTimestamp64Nano(toDateTime64(max({end:Identifier}), 9)) AS last
FROM {database:Identifier}.{lookup:Identifier}
WHERE if(/*+ whole */1, {id:Identifier} = {prefix:String}, startsWith({id:Identifier}, {prefix:String}))
GROUP BY {id:Identifier}
ORDER BY {id:Identifier}
LIMIT 6

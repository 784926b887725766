-- Values of an attribute of spans, for completion
--
-- Most frequent first, among those of the newest `most` spans.

SELECT attributes[{key:String}] AS value
FROM (
  SELECT attributes
  FROM spans
  WHERE mapContains(attributes, {key:String})
    AND time >= (SELECT min(time) FROM (SELECT time FROM spans ORDER BY time DESC LIMIT {most:UInt32}))
)
WHERE startsWith(value, {prefix:String})
GROUP BY value
ORDER BY count() DESC, value
LIMIT 200

-- Values of an attribute of resources, for completion
--
-- Most frequent first, among those of the newest `most` spans.

SELECT resource[{key:String}] AS value
FROM (
  SELECT resource
  FROM spans
  WHERE mapContains(resource, {key:String})
    AND time >= (SELECT min(time) FROM (SELECT time FROM spans ORDER BY time DESC LIMIT {most:UInt32}))
)
WHERE startsWith(value, {prefix:String})
GROUP BY value
ORDER BY count() DESC, value
LIMIT 200

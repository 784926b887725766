-- How many spans of more than a day begin in the week before a window's day, and reach into the window
--
-- The window and the least duration are those of the source: an index on durations finds them.

SELECT count() AS spans
FROM spans
WHERE toUnixTimestamp64Nano(time) + duration >= {reached:Int64}

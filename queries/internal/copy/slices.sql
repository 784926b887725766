-- How many spans each slice of the window has
--
-- `otrace copy` makes parts of the slices, each small enough to be sorted in little memory. `slice` counts from the
-- start of the window.

SELECT
  intDiv(toUnixTimestamp64Nano(time) - toUnixTimestamp64Nano({from:DateTime64(9, 'UTC')}), {step:Int64}) AS slice,
  count() AS spans
FROM spans
GROUP BY slice
ORDER BY slice

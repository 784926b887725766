-- How many of some spans are roots, and roots without an error that took little time
--
-- No tail sampler keeps the latter for themselves. The server stops after a number of spans, so that this costs little
-- in a window of any size.

SELECT
  countIf(parent_id = '') AS roots,
  countIf(parent_id = '' AND NOT is_error AND duration < {quick:UInt64}) AS ordinary
FROM (SELECT parent_id, is_error, duration FROM spans LIMIT {limit:UInt32})

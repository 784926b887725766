-- Some roots without an error that took little time
--
-- No tail sampler keeps them for themselves. The server stops at the first ones that it comes by, which a table of
-- ordinary traffic has in its first block.

SELECT trace_id, time
FROM spans
WHERE parent_id = '' AND NOT is_error AND duration < {quick:UInt64}
LIMIT {limit:UInt32}

-- Roots of the window by outcome: signs of tail sampling
--
-- A tail sampler keeps traces with an error and slow ones, and says so nowhere. A trace fails if one of its spans does.

WITH
  traces AS (
    SELECT
      trace_id,
      max(is_error) AS failed,
      maxIf(duration, parent_id = '') AS took
    FROM spans
    WHERE cityHash64(trace_id) % {one_in:UInt32} = 0 AND weight <= 1
    GROUP BY trace_id
    HAVING countIf(parent_id = '') > 0
  )
SELECT
  count() AS roots,
  countIf(failed) AS failed_roots,
  minIf(took, NOT failed) AS quickest,
  quantileExactIf(0.5)(took, NOT failed) AS median,
  minIf(took, failed) AS quickest_failed
FROM traces

-- Roots of the window by outcome: signs of tail sampling
--
-- A tail sampler keeps traces with an error and slow ones, and says so nowhere. A trace fails if one of its spans does.
-- `length` is the time between the first root and the last.

WITH
  traces AS (
    SELECT
      trace_id,
      max(is_error) AS failed,
      minIf(time, parent_id = '') AS began,
      minIf((service, name), parent_id = '') AS root,
      maxIf(duration, parent_id = '') AS took
    FROM spans
    WHERE cityHash64(trace_id) % {one_in:UInt32} = 0 AND weight <= 1
    GROUP BY trace_id
    HAVING countIf(parent_id = '') > 0
  )
SELECT
  count() AS roots,
  countIf(failed) AS failed_roots,
  uniqExact(root) AS operations,
  dateDiff('nanosecond', min(began), max(began)) AS length,
  minIf(took, NOT failed) AS quickest,
  quantileExactIf(0.25)(took, NOT failed) AS quarter,
  quantileExactIf(0.5)(took, NOT failed) AS median,
  quantileExactIf(0.75)(took, NOT failed) AS upper_quarter,
  minIf(took, failed) AS quickest_failed
FROM traces

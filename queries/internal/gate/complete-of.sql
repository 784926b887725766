-- Which of these traces miss a span, and how many spans they have in and near the window

SELECT
  count() AS traces,
  toUInt64(sum(size)) AS spans,
  countIf(roots = 0) AS rootless,
  toUInt64(sum(missing)) AS missing_parents
FROM (
  SELECT
    trace_id,
    count() AS size,
    countIf(parent_id = '') AS roots,
    groupArray(cityHash64(span_id)) AS ids,
    groupUniqArrayIf(cityHash64(parent_id), parent_id != '') AS parents,
    length(parents) - length(arrayIntersect(parents, ids)) AS missing
  FROM spans_unfiltered
  WHERE trace_id IN {trace_ids:Array(String)}
  GROUP BY trace_id
)

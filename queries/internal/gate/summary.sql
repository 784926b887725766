-- What a run saw

SELECT
  count() AS spans,
  uniqExact(trace_id) AS traces,
  arraySlice(arraySort(groupUniqArray(service)), 1, 50) AS services,
  uniqExact(service, name) AS operations,
  countIf(is_error) AS errors,
  arraySlice(arraySort(groupUniqArrayIf(name, is_error)), 1, 5) AS failing,
  argMax(name, (duration, time, trace_id, span_id, name)) AS slowest,
  max(duration) AS longest,
  argMax(trace_id, (duration, time, trace_id)) AS slowest_trace
FROM spans

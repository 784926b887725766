-- Kinds of spans in the window
--
-- Spans by generation of the semantic conventions (those that follow both are new), and suspicious times.

SELECT
  count() AS spans,
  countIf(attributes['http.request.method'] != '' OR attributes['http.response.status_code'] != '') AS http_new,
  countIf((http_method != '' OR http_status IS NOT NULL)
    AND attributes['http.request.method'] = '' AND attributes['http.response.status_code'] = '') AS http_old,
  countIf(attributes['db.system.name'] != '' OR attributes['db.query.text'] != '') AS db_new,
  countIf((db_system != '' OR db_query != '')
    AND attributes['db.system.name'] = '' AND attributes['db.query.text'] = '') AS db_old,
  countIf(service = '') AS nameless,
  countIf(kind = '') AS kindless,
  countIf(weight > 1) AS sampled,
  adjusted_sum(weight) AS adjusted,
  countIf(duration = 0) AS without_duration,
  countIf(attributes['otrace.time.invalid'] != '') AS invalid_times,
  countIf(attributes['otrace.id.invalid'] != '') AS invalid_ids,
  countIf(time > now64(9, 'UTC') + toIntervalSecond(60)) AS in_future
FROM spans

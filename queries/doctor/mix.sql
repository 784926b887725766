-- What kinds of spans there are in the window
--
-- How many follow which generation of the semantic conventions (those that follow both are new), and what looks wrong with their times.

SELECT
  count() AS spans,
  countIf(attributes['http.request.method'] != '' OR attributes['http.response.status_code'] != '') AS http_new,
  countIf((http_method != '' OR http_status IS NOT NULL) AND attributes['http.request.method'] = '' AND attributes['http.response.status_code'] = '') AS http_old,
  countIf(attributes['db.system.name'] != '' OR attributes['db.query.text'] != '') AS db_new,
  countIf((db_system != '' OR db_query != '') AND attributes['db.system.name'] = '' AND attributes['db.query.text'] = '') AS db_old,
  countIf(service = '') AS nameless,
  countIf(kind = '') AS kindless,
  countIf(weight > 1) AS sampled,
  sum(weight) AS stand_for,
  countIf(duration = 0) AS without_duration,
  countIf(time > now64(9, 'UTC') + toIntervalSecond(60)) AS in_future
FROM spans

-- Columns for built-in queries alone: keys of attributes, how badly a call ended, and whether a span names a user
--
-- Part of every schema. Conditions cannot name them. `severity` is 2 where the server failed, 1 where it refused; of
-- RPC, the codes by which the conventions fail a server span. `is_failure` is what `errors` counts: an exception is an
-- event by its name, or attributes of the span. `may_be_database` are at least the spans with a database or its
-- statement. `of_user` is about the parameter `user_id`. `stored_time` is `time` without a zone: servers know its
-- extremes.

WITH
  names -> arrayExists(name -> name = 'exception' OR endsWith(name, '.exception'), names) AS any_exception
SELECT
  time AS stored_time,
  mapKeys(attributes) AS attribute_keys,
  mapKeys(resource) AS resource_keys,
  multiIf(
    http_status >= 500
      OR rpc_status IN ('UNKNOWN', 'DEADLINE_EXCEEDED', 'UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS'), 2,
    http_status >= 400 OR rpc_status NOT IN ('', 'OK'), 1,
    0) AS severity,
  (is_error OR any_exception(event_name)
    OR attribute('exception.type') != '' OR attribute('exception.message') != ''
    OR kind IN ('server', 'client') AND severity = 2) AS is_failure,
  (db_system != '' OR db_query != '') AS may_be_database,
  attribute('error.type') AS error_type,
  (attribute('user.id') = {user_id:String} OR attribute('enduser.id') = {user_id:String}) AS of_user

-- Semantic conventions: one column for all generations of a name
--
-- Looks every attribute up by its current name, then by its older ones. Part of every schema. A schema defines
-- `attribute(key)` and `resource_attribute(key)`, which give '' for a missing key, and the column `event_attributes`.
-- Each is named once where that can be: ClickHouse took 0.5 s to analyse `route` over JSON columns, and now 0.04 s.

WITH
  -- Two ids in a row share a slash: used twice.
  path -> replaceRegexpAll(
    path, '/(?:[0-9]+|[0-9a-fA-F-]{16,}|[^/@]+(?:@|%40)[^/]*)(/|$)', '/{id}\\1') AS without_ids,
  a -> (mapContains(a, 'exception.type') OR mapContains(a, 'exception.message')) AS is_exception,
  (new, old) -> ifNull(nullIf(attribute(new), ''), attribute(old)) AS either
SELECT
  either('http.request.method', 'http.method') AS http_method,
  attribute('http.route') AS http_route,
  toUInt16OrNull(either('http.response.status_code', 'http.status_code')) AS http_status,
  coalesce(
    nullIf(cutQueryStringAndFragment(attribute('url.path')), ''),
    path(coalesce(nullIf(attribute('http.target'), ''), either('url.full', 'http.url')))) AS http_path,
  either('db.system.name', 'db.system') AS db_system,
  either('db.query.text', 'db.statement') AS db_query,
  either('db.operation.name', 'db.operation') AS db_operation,
  either('db.namespace', 'db.name') AS db_namespace,
  coalesce(
    nullIf(attribute('db.collection.name'), ''),
    nullIf(attribute('db.sql.table'), ''),
    either('db.mongodb.collection', 'db.cassandra.table')) AS db_collection,
  either('rpc.system.name', 'rpc.system') AS rpc_system,
  -- Since 1.39 the method includes its service: `package.Service/Method`.
  concat(attribute('rpc.service'), if(attribute('rpc.service') != '', '/', ''), attribute('rpc.method')) AS rpc_method,
  coalesce(
    nullIf(attribute('rpc.status_code'), ''),
    nullIf(attribute('rpc.response.status_code'), ''),
    nullIf(upper(attribute('rpc.connect_rpc.error_code')), ''),
    transform(attribute('rpc.grpc.status_code'),
      ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12', '13', '14', '15', '16'],
      ['OK', 'CANCELLED', 'UNKNOWN', 'INVALID_ARGUMENT', 'DEADLINE_EXCEEDED', 'NOT_FOUND', 'ALREADY_EXISTS',
        'PERMISSION_DENIED', 'RESOURCE_EXHAUSTED', 'FAILED_PRECONDITION', 'ABORTED', 'OUT_OF_RANGE', 'UNIMPLEMENTED',
        'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS', 'UNAUTHENTICATED'])) AS rpc_status,
  attribute('messaging.system') AS messaging_system,
  either('messaging.destination.name', 'messaging.destination') AS messaging_destination,
  transform(either('messaging.operation.type', 'messaging.operation'), ['publish'], ['send']) AS messaging_operation,
  either('user.id', 'enduser.id') AS user_id,
  ifNull(
    nullIf(resource_attribute('deployment.environment.name'), ''),
    resource_attribute('deployment.environment')) AS environment,
  -- Since 1.33 the function's name is qualified; before, the namespace stood beside it.
  coalesce(
    nullIf(attribute('code.function.name'), ''),
    concat(nullIf(attribute('code.namespace'), ''), '.', attribute('code.function')),
    attribute('code.function')) AS code_function,
  -- On the span, or as an event of any name: newer ones only end in `.exception`.
  if(arrayExists(a -> is_exception(a), event_attributes),
    arrayFirst(a -> is_exception(a), event_attributes)['exception.type'],
    attribute('exception.type')) AS exception_type,
  if(arrayExists(a -> is_exception(a), event_attributes),
    arrayFirst(a -> is_exception(a), event_attributes)['exception.message'],
    attribute('exception.message')) AS exception_message

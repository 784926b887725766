-- What the semantic conventions call differently from generation to generation
--
-- Every name is looked up as it is called now, then as it was called. A profile defines `attribute(key)`, `resource_attribute(key)`
-- ('' for a missing key), `threshold(state)` and `sample_rate`, and gives the columns `trace_state` and `event_attributes`.

either('http.request.method', 'http.method') AS http_method,
  attribute('http.route') AS http_route,
  toUInt16OrNull(either('http.response.status_code', 'http.status_code')) AS http_status,
  multiIf(
    attribute('url.path') != '', attribute('url.path'),
    attribute('http.target') != '', path(attribute('http.target')),
    path(either('url.full', 'http.url'))) AS http_path,
  either('db.system.name', 'db.system') AS db_system,
  either('db.query.text', 'db.statement') AS db_query,
  either('db.operation.name', 'db.operation') AS db_operation,
  either('db.namespace', 'db.name') AS db_namespace,
  multiIf(
    attribute('db.collection.name') != '', attribute('db.collection.name'),
    attribute('db.sql.table') != '', attribute('db.sql.table'),
    either('db.mongodb.collection', 'db.cassandra.table')) AS db_collection,
  either('rpc.system.name', 'rpc.system') AS rpc_system,
  -- Since 1.39 the method holds its service: `package.Service/Method`.
  if(attribute('rpc.service') != '', concat(attribute('rpc.service'), '/', attribute('rpc.method')), attribute('rpc.method')) AS rpc_method,
  multiIf(
    attribute('rpc.status_code') != '', attribute('rpc.status_code'),
    attribute('rpc.response.status_code') != '', attribute('rpc.response.status_code'),
    transform(attribute('rpc.grpc.status_code'),
      ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12', '13', '14', '15', '16'],
      ['OK', 'CANCELLED', 'UNKNOWN', 'INVALID_ARGUMENT', 'DEADLINE_EXCEEDED', 'NOT_FOUND', 'ALREADY_EXISTS', 'PERMISSION_DENIED',
        'RESOURCE_EXHAUSTED', 'FAILED_PRECONDITION', 'ABORTED', 'OUT_OF_RANGE', 'UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE',
        'DATA_LOSS', 'UNAUTHENTICATED'])) AS rpc_status,
  attribute('messaging.system') AS messaging_system,
  either('messaging.destination.name', 'messaging.destination') AS messaging_destination,
  if(either('messaging.operation.type', 'messaging.operation') = 'publish', 'send',
    either('messaging.operation.type', 'messaging.operation')) AS messaging_operation,
  either('user.id', 'enduser.id') AS user_id,
  if(resource_attribute('deployment.environment.name') != '',
    resource_attribute('deployment.environment.name'),
    resource_attribute('deployment.environment')) AS environment,
  -- Since 1.33 the function's name is qualified; before, the namespace stood beside it.
  multiIf(
    attribute('code.function.name') != '', attribute('code.function.name'),
    attribute('code.namespace') != '', concat(attribute('code.namespace'), '.', attribute('code.function')),
    attribute('code.function')) AS code_function,
  -- On the span, or as an event of any name: newer ones only end in `.exception`.
  if(arrayExists(a -> mapContains(a, 'exception.type'), event_attributes),
    arrayFirst(a -> mapContains(a, 'exception.type'), event_attributes)['exception.type'],
    attribute('exception.type')) AS exception_type,
  if(arrayExists(a -> mapContains(a, 'exception.type'), event_attributes),
    arrayFirst(a -> mapContains(a, 'exception.type'), event_attributes)['exception.message'],
    attribute('exception.message')) AS exception_message,
  if({weighted:UInt8},
    -- A threshold T of 56 bits stands for 2^56 / (2^56 - T) spans. Integers until the difference: Float64 would make it 0 for the last ones.
    if(threshold(trace_state) != '',
      72057594037927936. / toFloat64(72057594037927936 - reinterpretAsUInt64(reverse(unhex(
        concat('00', rightPad(threshold(trace_state), 14, '0')))))),
      toFloat64(greatest(sample_rate, 1))),
    1.) AS weight

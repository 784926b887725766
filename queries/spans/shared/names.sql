-- What a request is for, and what an operation is called
--
-- `route` is that of HTTP, else the path, the RPC method, the destination of a message, or the span name. `operation`
-- is the span name; a server span named after its method alone gets its path, with `{id}` for ids. Part of every
-- schema.

SELECT
  multiIf(
    http_route != '', http_route,
    http_path != '', http_path,
    rpc_method != '', rpc_method,
    messaging_destination != '', messaging_destination,
    name) AS route,
  if(/*+ bare_names */1,
    if(kind = 'server' AND name IN ('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'HTTP'),
      trimRight(concat(name, ' ', if(http_route != '', http_route, without_ids(without_ids(http_path))))),
      name),
    name) AS operation

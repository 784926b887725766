-- What a request is for, and what an operation is called
--
-- `route` is that of HTTP, else the path, the RPC method, the destination of a message, or the span name. `operation`
-- is the span name; a server span named after its method alone, and a span without a name, get what `route` falls back
-- to, with `{id}` for ids and mail addresses in a path. cli/query/filters/bare-names.ts tells the same names. Part of
-- every schema.

SELECT
  coalesce(
    nullIf(http_route, ''),
    nullIf(http_path, ''),
    nullIf(rpc_method, ''),
    nullIf(messaging_destination, ''),
    nullIf(name, ''),
    '(no name)') AS route,
  if(/*+ bare_names */1,
    if(name = '' OR kind = 'server' AND name IN ('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'HTTP',
        'HTTP GET', 'HTTP POST', 'HTTP PUT', 'HTTP PATCH', 'HTTP DELETE', 'HTTP HEAD', 'HTTP OPTIONS'),
      trimRight(concat(
        coalesce(nullIf(name, ''), nullIf(http_method, ''), '(no name)'),
        ' ',
        coalesce(
          nullIf(http_route, ''),
          nullIf(without_ids(without_ids(http_path)), ''),
          nullIf(rpc_method, ''),
          messaging_destination))),
      name),
    name) AS operation

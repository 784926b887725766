-- A server span named after its HTTP method alone, or a span without a name

SELECT 1
FROM spans
WHERE name = '' OR kind = 'server' AND name IN ('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'HTTP',
  'HTTP GET', 'HTTP POST', 'HTTP PUT', 'HTTP PATCH', 'HTTP DELETE', 'HTTP HEAD', 'HTTP OPTIONS')
LIMIT 1

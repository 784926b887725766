-- Services with log records in the window, most records first

SELECT if(ServiceName = '', '(absent)', ServiceName) AS value
FROM {database:Identifier}.{logs:Identifier}
WHERE Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')}
GROUP BY value
ORDER BY count() DESC, value
LIMIT 10000

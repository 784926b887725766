-- Version, time zone and clock of the server

SELECT version() AS version, timezone() AS zone, now64(9, 'UTC') AS clock

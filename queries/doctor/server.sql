-- The server: its version, its zone and its clock

SELECT version() AS version, timezone() AS zone, now64(9, 'UTC') AS clock

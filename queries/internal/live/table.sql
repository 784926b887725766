-- Id of a table
--
-- A table that is made anew has another.

SELECT toString(uuid) AS id
FROM system.tables
WHERE database = {database:String} AND name = {followed:String}

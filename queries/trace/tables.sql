-- Which of the tables beside the spans are there
--
-- The lookup table and the logs, by the exporter's names.

SELECT name FROM system.tables WHERE database = {database:String} AND name IN ({lookup:String}, {logs:String})

-- The services of the stored spans

SELECT DISTINCT ServiceName AS service
FROM {database:Identifier}.{table:Identifier}

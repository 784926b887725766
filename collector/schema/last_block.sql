SELECT
    toInt64(maxIf(max_block_number, table = {table:String})) AS block,
    toInt64(maxIf(max_block_number, table = 'otel_traces_failures')) AS failures
FROM system.parts
WHERE database = 'otel' AND table IN ({table:String}, 'otel_traces_failures')

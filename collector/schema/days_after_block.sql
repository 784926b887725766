SELECT DISTINCT partition AS day
FROM system.parts
WHERE database = 'otel' AND table = {table:String} AND active AND max_block_number > {block:Int64}

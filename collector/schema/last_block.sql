SELECT toInt64(max(max_block_number)) AS block FROM system.parts WHERE database = 'otel' AND table = {table:String}

INSERT INTO otel.otel_traces_repeats SELECT toDateTime(arrayJoin({seconds:Array(UInt32)}))
SETTINGS max_partitions_per_insert_block = 0

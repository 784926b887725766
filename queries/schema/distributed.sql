-- The tables that a cluster's clients ask and insert into
--
-- Sharded by trace, so that a trace's spans and its row in the lookup table lie on one shard.

CREATE TABLE IF NOT EXISTS {database}.otel_traces{on_cluster} AS {database}.otel_traces_local
ENGINE = Distributed({cluster}, {database_text}, 'otel_traces_local', cityHash64(TraceId));

CREATE TABLE IF NOT EXISTS {database}.otel_traces_trace_id_ts{on_cluster} AS {database}.otel_traces_trace_id_ts_local
ENGINE = Distributed({cluster}, {database_text}, 'otel_traces_trace_id_ts_local', cityHash64(TraceId));

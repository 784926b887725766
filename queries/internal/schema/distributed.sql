-- Distributed tables, which clients of a cluster query and insert into
--
-- Sharded by trace: a trace's spans and its row of the lookup table are on one shard. Log records are spread, because
-- many have no trace.

CREATE TABLE IF NOT EXISTS /*+ database */otel.otel_traces/*+ on_cluster */
AS /*+ database */otel.otel_traces_local
ENGINE = Distributed(/*+ cluster */'', /*+ database_text */'', 'otel_traces_local', cityHash64(TraceId));

CREATE TABLE IF NOT EXISTS /*+ database */otel.otel_traces_trace_id_ts/*+ on_cluster */
AS /*+ database */otel.otel_traces_trace_id_ts_local
ENGINE = Distributed(/*+ cluster */'', /*+ database_text */'', 'otel_traces_trace_id_ts_local', cityHash64(TraceId));

CREATE TABLE IF NOT EXISTS /*+ database */otel.otel_logs/*+ on_cluster */
AS /*+ database */otel.otel_logs_local
ENGINE = Distributed(/*+ cluster */'', /*+ database_text */'', 'otel_logs_local', cityHash64(TraceId, Timestamp));

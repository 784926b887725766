-- Attributes and resources by `key=value`: what `--attr`, `--resource` and `journey` ask. ClickHouse 26.2 or later;
-- before, leave this statement and its MATERIALIZE out. The columns are not stored.

ALTER TABLE /*+ database */otel./*+ table */otel_traces/*+ on_cluster */
    ADD COLUMN IF NOT EXISTS ResourceAttributeItems Array(String)
        ALIAS arrayMap(kv -> concat(kv.1, '=', kv.2), CAST(ResourceAttributes, 'Array(Tuple(String, String))')),
    ADD COLUMN IF NOT EXISTS SpanAttributeItems Array(String)
        ALIAS arrayMap(kv -> concat(kv.1, '=', kv.2), CAST(SpanAttributes, 'Array(Tuple(String, String))')),
    ADD INDEX IF NOT EXISTS idx_res_attr_items ResourceAttributeItems TYPE text(tokenizer = 'array'),
    ADD INDEX IF NOT EXISTS idx_span_attr_items SpanAttributeItems TYPE text(tokenizer = 'array');

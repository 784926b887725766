ALTER TABLE /*+ database */otel./*+ table */otel_traces/*+ on_cluster */
    MATERIALIZE INDEX idx_res_attr_items,
    MATERIALIZE INDEX idx_span_attr_items;

-- The same for stored spans, in the background: see system.mutations.

ALTER TABLE /*+ database */otel./*+ table */otel_traces/*+ on_cluster */
    MATERIALIZE INDEX idx_otrace_entry,
    MATERIALIZE INDEX idx_otrace_status,
    MATERIALIZE INDEX idx_otrace_events,
    MATERIALIZE INDEX idx_otrace_sampled;

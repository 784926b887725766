-- Requests: the spans by which work enters a service
--
-- `is_entry` is a server or consumer span, a root, or a span whose parent is in another service or not stored. Where
-- every service has server, consumer or root spans, kinds alone decide: parents are looked up in a store that says
-- kinds for some of its services at most. Part of every schema.

WITH
  toBool(kind IN ('server', 'consumer') OR parent_id = '') AS enters
SELECT
  if(/*+ crossing */1, toBool(enters OR cityHash64(trace_id, parent_id, service) GLOBAL NOT IN (
    SELECT cityHash64(trace_id, span_id, service) FROM /*+ every_span */spans)), enters) AS is_entry

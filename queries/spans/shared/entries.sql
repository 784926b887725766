-- Requests: the spans by which work enters a service
--
-- `is_entry` is a server or consumer span or a root. In a service without any of these in the window it is a span whose
-- parent is in another service or not stored: parents are looked up in a store that has such services. Other services
-- change nothing. Part of every schema.

WITH
  toBool(kind IN ('server', 'consumer') OR parent_id = '') AS enters
SELECT
  if(/*+ crossing */1, toBool(enters OR (
    service GLOBAL NOT IN (SELECT service FROM /*+ entered_services */spans)
    AND cityHash64(trace_id, parent_id, service) GLOBAL NOT IN (
      SELECT cityHash64(trace_id, span_id, service) FROM /*+ every_span */spans))), enters) AS is_entry

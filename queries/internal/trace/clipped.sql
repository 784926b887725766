-- Spans of a trace with long texts cut
--
-- For a terminal, which shows no more of them. `stacks` keeps stack traces whole.

SELECT * REPLACE (
  clip_map(attributes) AS attributes,
  arrayMap(texts -> mapApply(
    (key, value) -> (key, if(/*+ stacks */1, if(key = 'exception.stacktrace', value, clip(value)), clip(value))),
    texts), event_attributes) AS event_attributes,
  clip(db_query) AS db_query,
  clip(status_message) AS status_message)
FROM (/*+ spans_of_trace */'')

-- Spans with a valid duration
--
-- Used with the filter --min-duration 0ns, which drops spans whose end precedes their start.

SELECT count() AS spans FROM spans

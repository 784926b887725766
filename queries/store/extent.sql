-- How many spans there are, and the newest
--
-- Asked when an answer is empty, to say why.

SELECT count() AS spans, toString(max(time)) AS newest FROM spans

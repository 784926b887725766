-- Requests that have arrived
--
-- The demo waits for the spans of all its requests.

SELECT count() AS requests FROM spans WHERE kind = 'server' AND service = 'shop'

-- Requests whose spans have arrived
--
-- The demo waits with it until it can answer for everything that it did.

SELECT count() AS requests FROM spans WHERE kind = 'server' AND service = 'shop'

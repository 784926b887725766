-- Purchases of the example shop, from spans
--
-- `service_buy_product` spans without an error, each once.

SELECT time, trace_id, attributes, weight, toDecimal256OrZero(attributes['product.quantity'], 9) AS quantity
FROM spans
WHERE name = 'service_buy_product' AND NOT is_error
ORDER BY time, trace_id, span_id, quantity, weight, attributes
LIMIT 1 BY trace_id, span_id

-- Purchases of the example shop, from spans
--
-- `service_buy_product` spans without an error, each once. Sorting them took half of the time.

SELECT time, trace_id, attributes, weight, toDecimal256OrZero(attributes['product.quantity'], 9) AS quantity
FROM if(/*+ once */1, spans, (
  SELECT time, trace_id, name, is_error, attributes, weight
  FROM spans
  WHERE name = 'service_buy_product' AND NOT is_error
  ORDER BY time, trace_id, span_id, toDecimal256OrZero(attributes['product.quantity'], 9), weight, attributes
  LIMIT 1 BY trace_id, span_id
))
WHERE name = 'service_buy_product' AND NOT is_error

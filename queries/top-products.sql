-- Best-selling products
--
-- Successful purchases and units of each product, most units first: `service_buy_product` spans that did not fail, each counted once. `otrace buyers
-- <product-id>` says who bought one.
--
-- @panel table
-- @param limit = 10 - rows to show

SELECT
  attributes['product.id'] AS product_id,
  toUInt64(round(sum(weight))) AS purchases,
  toUInt64(round(sum(toUInt64OrZero(attributes['product.quantity']) * weight))) AS units
FROM (
  SELECT attributes, weight FROM spans
  WHERE name = 'service_buy_product' AND NOT is_error
  LIMIT 1 BY trace_id, span_id
)
GROUP BY product_id
ORDER BY units DESC, product_id
LIMIT {limit:UInt32}

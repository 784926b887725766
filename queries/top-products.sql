-- Best-selling products
--
-- Successful purchases and units of each product, most units first: `service_buy_product` spans that did not fail. `otrace buyers
-- <product-id>` says who bought one.
--
-- @panel table
-- @param limit = 10 - rows to show

SELECT
  attributes['product.id'] AS product_id,
  count() AS purchases,
  sum(toUInt64OrZero(attributes['product.quantity'])) AS units
FROM spans
WHERE name = 'service_buy_product' AND NOT is_error
GROUP BY product_id
ORDER BY units DESC, product_id
LIMIT {limit:UInt32}

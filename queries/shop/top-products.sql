-- Top products
--
-- Purchases and units of each product, most units first. A purchase is a `service_buy_product` span without an error,
-- counted once. `otrace buyers <product-id>` lists its buyers.
--
-- @param limit = 10 - rows to show
-- @example otrace top-products --since 1h
-- @example otrace top-products --limit 3
-- @next otrace buyers <product_id> - who bought it

SELECT
  attributes['product.id'] AS product_id,
  adjusted_count(weight) AS purchases,
  number_sum(quantity, weight) AS units
FROM shop_purchases
GROUP BY product_id
ORDER BY units DESC, product_id
LIMIT {limit:UInt32}

-- Buyers of a product
--
-- Users who bought it, most units first, each with their last purchase to open.
--
-- @param product_id of product.id - the value of the attribute product.id
-- @param limit = 20 - rows to show
-- @example otrace buyers 4b7c3db6-8c93-487d-af9c-07d8a5aa1bb1
-- @example otrace buyers 4b7c3db6-8c93-487d-af9c-07d8a5aa1bb1 --limit 5 --json
-- @next otrace journey <user_id> - what one of them did
-- @next otrace trace <last_trace_id> - the last purchase

SELECT
  attributes['user.id'] AS user_id,
  adjusted_count(weight) AS purchases,
  number_sum(quantity, weight) AS units,
  max(time) AS last_purchase,
  last_trace(trace_id, time) AS last_trace_id
FROM shop_purchases
WHERE attributes['product.id'] = {product_id:String}
GROUP BY user_id
ORDER BY units DESC, user_id
LIMIT {limit:UInt32}

-- Who bought a product
--
-- Users who bought it, most units first, with their last purchase to open.
--
-- @param product_id - the value of the attribute product.id
-- @param limit = 20 - rows to show

SELECT
  attributes['user.id'] AS user_id,
  toUInt64(round(sum(weight))) AS purchases,
  toUInt64(round(sum(toUInt64OrZero(attributes['product.quantity']) * weight))) AS units,
  max(time) AS last_purchase,
  argMax(trace_id, time) AS last_trace_id
FROM (
  SELECT time, trace_id, attributes, weight FROM spans
  WHERE name = 'service_buy_product' AND NOT is_error AND attributes['product.id'] = {product_id:String}
  LIMIT 1 BY trace_id, span_id
)
GROUP BY user_id
ORDER BY units DESC, user_id
LIMIT {limit:UInt32}

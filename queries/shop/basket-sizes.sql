-- Basket sizes
--
-- Customers by the units they bought in the window. Purchases without a `user.id` are left out.
--
-- @panel barchart
-- @example otrace basket-sizes
-- @example otrace basket-sizes --since 1d --json
-- @next otrace top-products - what they bought

SELECT
  multiIf(
    units <= 0, 'none', units <= 5, '1–5', units <= 10, '6–10', units <= 20, '11–20', '21 and more') AS units_bought,
  count() AS customers
FROM (
  SELECT attributes['user.id'] AS user_id, number_sum(quantity, weight) AS units
  FROM shop_purchases
  WHERE user_id != ''
  GROUP BY user_id
)
GROUP BY units_bought
ORDER BY min(units)

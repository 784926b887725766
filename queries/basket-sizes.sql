-- Customers by units bought
--
-- How many customers bought how much in the window.
--
-- @panel barchart

SELECT multiIf(units <= 5, '1–5', units <= 10, '6–10', units <= 20, '11–20', '21 and more') AS units_bought, count() AS customers
FROM (
  SELECT attributes['user.id'] AS user_id, toUInt64(round(sum(toUInt64OrZero(attributes['product.quantity']) * weight))) AS units
  FROM (
    SELECT attributes, weight FROM spans
    WHERE name = 'service_buy_product' AND NOT is_error
    LIMIT 1 BY trace_id, span_id
  )
  GROUP BY user_id
)
GROUP BY units_bought
ORDER BY min(units)

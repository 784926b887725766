SELECT multiIf(units <= 0, 'none', units <= 5, '1–5', units <= 10, '6–10', units <= 20, '11–20',
  '21 and more') AS units_bought, count() AS customers
FROM (
  SELECT SpanAttributes['user.id'] AS user_id, sum(toFloat64OrZero(SpanAttributes['product.quantity'])) AS units
  FROM (
    SELECT SpanAttributes FROM otel.otel_traces
    WHERE Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')}
      AND SpanName = 'service_buy_product' AND StatusCode != 'Error'
    LIMIT 1 BY TraceId, SpanId
  )
  GROUP BY user_id
)
GROUP BY units_bought
ORDER BY min(units)

SELECT SpanAttributes['user.id'] AS user_id, count() AS purchases,
  sum(toUInt64OrZero(SpanAttributes['product.quantity'])) AS units,
  max(Timestamp), argMax(TraceId, Timestamp)
FROM (
  SELECT Timestamp, TraceId, SpanAttributes FROM otel.otel_traces
  WHERE Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')}
    AND SpanName = 'service_buy_product' AND StatusCode != 'Error'
    AND SpanAttributes['product.id'] = {product_id:String}
  LIMIT 1 BY TraceId, SpanId
)
GROUP BY user_id
ORDER BY units DESC, user_id
LIMIT 20

SELECT SpanAttributes['product.id'] AS product_id, count() AS purchases,
  sum(toUInt64OrZero(SpanAttributes['product.quantity'])) AS units
FROM (
  SELECT SpanAttributes FROM otel.otel_traces
  WHERE Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')}
    AND SpanName = 'service_buy_product' AND StatusCode != 'Error'
  LIMIT 1 BY TraceId, SpanId
)
GROUP BY product_id
ORDER BY units DESC, product_id
LIMIT 10

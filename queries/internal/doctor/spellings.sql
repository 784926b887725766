-- Kinds and statuses as older exporters spelled them

SELECT
  count() AS spans,
  countIf(startsWith({kind_column:Identifier}, 'SPAN_KIND_')
    OR startsWith({status_column:Identifier}, 'STATUS_CODE_')) AS old
FROM {database:Identifier}.{table:Identifier}
WHERE Timestamp >= {from:DateTime64(9, 'UTC')} AND Timestamp < {to:DateTime64(9, 'UTC')}

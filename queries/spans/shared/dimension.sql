-- The value of the column or attribute of `--by`, as text
--
-- An attribute is that of the span, else of its resource. Part of every schema.

SELECT
  if(/*+ by_attribute */1,
    multiIf(
      attribute_present({by:String}), attribute({by:String}),
      resource_present({by:String}), resource_attribute({by:String}),
      '(absent)'),
    if(/*+ by_nothing */1, '', ifNull(nullIf(toString(/*+ by_column */service), ''), '(absent)'))) AS dimension

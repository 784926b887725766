-- How one attribute is looked up in Map columns
--
-- '' for a missing key, as in the maps themselves.

key -> SpanAttributes[key] AS attribute,
  key -> ResourceAttributes[key] AS resource_attribute,
  (new, old) -> if(attribute(new) != '', attribute(new), attribute(old)) AS either

-- How one attribute is looked up in SigNoz's maps, a map for each type
--
-- '' for a missing key.

key -> multiIf(
    mapContains(raw.attributes_string, key), raw.attributes_string[key],
    mapContains(raw.attributes_number, key), signed_exponent(toString(raw.attributes_number[key])),
    mapContains(raw.attributes_bool, key), if(raw.attributes_bool[key], 'true', 'false'),
    '') AS attribute,
  key -> (mapContains(raw.attributes_string, key) OR mapContains(raw.attributes_number, key)
    OR mapContains(raw.attributes_bool, key)) AS attribute_present,
  key -> raw.resources_string[key] AS resource_attribute,
  (new, old) -> if(attribute(new) != '', attribute(new), attribute(old)) AS either,
  toUInt64OrZero(attribute('SampleRate')) AS sample_rate,
  text -> if(startsWith(text, '"'), JSONExtractString(concat('[', text, ']'), 1), text) AS unquoted,
  -- The first link of every span points to its parent.
  arrayFilter(link -> JSONExtractString(link, 'refType') != 'CHILD_OF', JSONExtractArrayRaw(raw.links)) AS followed

-- Affected spans of an operation, and its others
--
-- Affected are spans that take longer than `least`, or with the exception `error`, or, without both, spans in error.
-- Only spans with `within_value` of the attribute `within_key` are read, if one is given.

SELECT
  attributes,
  resource,
  multiIf(
    {least:Float64} >= 0, duration > {least:Float64},
    {error:String} = '', toBool(is_error),
    arrayExists(one -> exception_pattern(one) = {error:String}, event_attributes)) AS affected
FROM spans
WHERE service = {of_service:String}
  AND ({of_name:String} = '' OR operation = {of_name:String})
  AND ({within_key:String} = ''
    OR mapContains(attributes, {within_key:String})
      AND substringUTF8(attributes[{within_key:String}], 1, 200) = {within_value:String}
    OR mapContains(resource, {within_key:String})
      AND substringUTF8(resource[{within_key:String}], 1, 200) = {within_value:String})

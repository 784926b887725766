-- Filters in terms of the columns of `spans`
--
-- Part of every schema, which overrides those that prune better on a raw column. A schema defines `attribute(key)`,
-- `attribute_present(key)`, `resource_attribute(key)` and `resource_present(key)`. A missing key reads as '' like an
-- empty value, so equality checks the key, too; a bloom filter on the keys answers that.
--
-- @filter from time >= {from:DateTime64(9, 'UTC')}
-- @filter to time < {to:DateTime64(9, 'UTC')}
-- @filter service service IN {value:Array(String)}
-- @filter name name IN {value:Array(String)}
-- @filter operation if(/*+ bare_names */1,
--   (name IN {value:Array(String)} OR (kind = 'server' OR name = '') AND operation IN {value:Array(String)}),
--   name IN {value:Array(String)})
-- @filter kind kind IN {value:Array(String)}
-- @filter error is_error
-- @filter event has(event_name, {value:String})
-- @filter min-duration duration >= {value:UInt64}
-- @filter max-duration duration <= {value:UInt64}
-- @filter attr-equals (attribute({key:String}) = {value:String} AND attribute_present({key:String}))
-- @filter attr-differs attribute({key:String}) != {value:String}
-- @filter attr-matches match(attribute({key:String}), {value:String})
-- @filter attr-above above(attribute({key:String}), {value:String})
-- @filter attr-below below(attribute({key:String}), {value:String})
-- @filter attr-at-least at_least(attribute({key:String}), {value:String})
-- @filter attr-at-most at_most(attribute({key:String}), {value:String})
-- @filter attr-present attribute_present({key:String})
-- @filter resource-equals (resource_attribute({key:String}) = {value:String} AND resource_present({key:String}))
-- @filter resource-differs resource_attribute({key:String}) != {value:String}
-- @filter resource-matches match(resource_attribute({key:String}), {value:String})
-- @filter resource-above above(resource_attribute({key:String}), {value:String})
-- @filter resource-below below(resource_attribute({key:String}), {value:String})
-- @filter resource-at-least at_least(resource_attribute({key:String}), {value:String})
-- @filter resource-at-most at_most(resource_attribute({key:String}), {value:String})
-- @filter resource-present resource_present({key:String})
-- @filter trace trace_id GLOBAL IN (/*+ matches */'')
-- @filter arrived _part IN {value:Array(String)}

WITH
  -- Float64 keeps the order of integers beyond 2^53 but equates neighbours: those are compared again as integers. The
  -- bound decides so before the first span is read. A text that is not a number is neither above nor below, nor equal.
  (text, bound) -> (toFloat64OrNull(text) > toFloat64(bound) OR (abs(toFloat64(bound)) >= 9007199254740992.
    AND toFloat64OrNull(text) = toFloat64(bound) AND ifNull(toInt256OrNull(text) > toInt256OrNull(bound), 0))) AS above,
  (text, bound) -> (toFloat64OrNull(text) < toFloat64(bound) OR (abs(toFloat64(bound)) >= 9007199254740992.
    AND toFloat64OrNull(text) = toFloat64(bound) AND ifNull(toInt256OrNull(text) < toInt256OrNull(bound), 0))) AS below,
  (text, bound) -> (above(text, bound) OR same_number(text, bound)) AS at_least,
  (text, bound) -> (below(text, bound) OR same_number(text, bound)) AS at_most,
  (text, bound) -> (toFloat64OrNull(text) = toFloat64(bound) AND (abs(toFloat64(bound)) < 9007199254740992.
    OR ifNull(toInt256OrNull(text) = toInt256OrNull(bound), 1))) AS same_number,
  -- 1e+21 instead of 1e21, as in the exporter's Map schema and in JavaScript.
  text -> replaceRegexpAll(text, 'e(\\d)', 'e+\\1') AS signed_exponent
SELECT NULL

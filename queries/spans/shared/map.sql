-- Attributes in Map columns
--
-- A missing key reads as '' like an empty value, so that equality asks for the key too, which is also what a bloom filter on
-- the keys answers.
--
-- @needs ResourceAttributes Map(
-- @needs SpanAttributes Map(
-- @needs Events.Attributes Array(Map(
-- @needs Links.Attributes Array(Map(
--
-- @filter attr-equals (SpanAttributes[{key:String}] = {value:String} AND mapContains(SpanAttributes, {key:String}))
-- @filter attr-differs SpanAttributes[{key:String}] != {value:String}
-- @filter attr-matches match(SpanAttributes[{key:String}], {value:String})
-- @filter attr-above above(SpanAttributes[{key:String}], {value:String})
-- @filter attr-below below(SpanAttributes[{key:String}], {value:String})
-- @filter attr-present mapContains(SpanAttributes, {key:String})
-- @filter resource-equals (ResourceAttributes[{key:String}] = {value:String} AND mapContains(ResourceAttributes, {key:String}))
-- @filter resource-differs ResourceAttributes[{key:String}] != {value:String}
-- @filter resource-matches match(ResourceAttributes[{key:String}], {value:String})
-- @filter resource-above above(ResourceAttributes[{key:String}], {value:String})
-- @filter resource-below below(ResourceAttributes[{key:String}], {value:String})
-- @filter resource-present mapContains(ResourceAttributes, {key:String})
-- @filter sampled-by-rate (mapContains(SpanAttributes, 'SampleRate') AND toUInt64OrZero(SpanAttributes['SampleRate']) > 1 AND threshold(TraceState) = '')
-- @filter unsampled NOT (mapContains(SpanAttributes, 'SampleRate') OR (TraceState LIKE '%ot=%th:%' AND threshold(TraceState) != ''))

SpanAttributes AS attributes,
  ResourceAttributes AS resource,
  `Events.Attributes` AS event_attributes,
  `Links.Attributes` AS link_attributes

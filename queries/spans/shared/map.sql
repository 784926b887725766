-- Attributes in Map columns
--
-- @needs ResourceAttributes Map(
-- @needs SpanAttributes Map(
-- @needs Events.Attributes Array(Map(
-- @needs Links.Attributes Array(Map(

WITH
  key -> SpanAttributes[key] AS attribute,
  key -> mapContains(SpanAttributes, key) AS attribute_present,
  key -> ResourceAttributes[key] AS resource_attribute,
  key -> mapContains(ResourceAttributes, key) AS resource_present,
  toUInt64OrZero(SpanAttributes['SampleRate']) AS sample_rate
SELECT
  SpanAttributes AS attributes,
  SpanAttributes.keys AS attribute_keys,
  -- The keys have an index.
  hasAny(mapKeys(SpanAttributes), ['db.system.name', 'db.system', 'db.query.text', 'db.statement']) AS may_be_database,
  ResourceAttributes AS resource,
  `Events.Attributes` AS event_attributes,
  `Links.Attributes` AS link_attributes

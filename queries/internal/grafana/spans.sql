-- The view `spans` of `otrace schema --views`, as a schema
--
-- @filter sampled-by-state weight > 1
-- @filter sampled-by-rate weight > 1
-- @filter unsampled weight <= 1

WITH
  key -> attributes[key] AS attribute,
  key -> mapContains(attributes, key) AS attribute_present,
  key -> resource[key] AS resource_attribute,
  key -> mapContains(resource, key) AS resource_present
SELECT
  *,
  mapKeys(attributes) AS attribute_keys,
  (attributes['user.id'] = {user_id:String} OR attributes['enduser.id'] = {user_id:String}) AS of_user
FROM {database:Identifier}.{table:Identifier}

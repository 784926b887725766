-- Columns for built-in queries alone: keys of attributes, and whether a span names the user of the parameter `user_id`
--
-- Part of every schema. Conditions cannot name them.

SELECT
  mapKeys(attributes) AS attribute_keys,
  mapKeys(resource) AS resource_keys,
  (attribute('user.id') = {user_id:String} OR attribute('enduser.id') = {user_id:String}) AS of_user

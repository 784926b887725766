-- Whether a span names the user of the parameter `user_id`
--
-- Part of every schema.

SELECT
  (attribute('user.id') = {user_id:String} OR attribute('enduser.id') = {user_id:String}) AS of_user

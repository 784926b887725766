-- Text indexes on `key=value`
--
-- Equality reads the granules with the pair. The map is read, too: `a=b` + `c` and `a` + `b=c` are the same text.
--
-- @needs index:ResourceAttributeItems text
-- @needs index:SpanAttributeItems text
-- @filter attr-equals (has(SpanAttributeItems, concat({key:String}, '=', {value:String}))
--   AND SpanAttributes[{key:String}] = {value:String} AND mapContains(SpanAttributes, {key:String}))
-- @filter resource-equals (has(ResourceAttributeItems, concat({key:String}, '=', {value:String}))
--   AND ResourceAttributes[{key:String}] = {value:String} AND mapContains(ResourceAttributes, {key:String}))

SELECT
  (has(SpanAttributeItems, concat('user.id=', {user_id:String}))
    OR has(SpanAttributeItems, concat('enduser.id=', {user_id:String}))) AS of_user

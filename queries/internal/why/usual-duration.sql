-- The duration that one of twenty spans of an operation exceeds

SELECT count() AS spans, toFloat64(quantileExact(0.95)(duration)) AS p95
FROM spans
WHERE service = {of_service:String} AND ({of_name:String} = '' OR name = {of_name:String})

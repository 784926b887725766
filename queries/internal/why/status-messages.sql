-- Status messages of the failing spans of an operation, without what varies

SELECT line_pattern(status_message) AS text, count() AS failing
FROM spans
WHERE service = {of_service:String} AND operation = {of_name:String} AND is_error AND status_message != ''
GROUP BY text
ORDER BY failing DESC, text
LIMIT 1000

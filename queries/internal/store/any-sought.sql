-- Whether a request matches, or a span that failed

SELECT 1 FROM spans WHERE if(/*+ requests */1, is_entry, is_failure) LIMIT 1

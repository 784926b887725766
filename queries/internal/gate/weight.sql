-- How many spans the stored ones represent

SELECT adjusted_sum(weight) AS calls FROM spans

-- How many spans the stored ones represent

SELECT sum(weight) AS calls FROM spans

-- Units and revenue of every day since a day.
-- Also called: SQL daily sales, sales per day, query of revenue by day
-- :since = 14 days ago
SELECT day, SUM(units) AS units, SUM(revenue_cents) AS revenue_cents
FROM daily_sales
WHERE day >= :since
GROUP BY day
ORDER BY day

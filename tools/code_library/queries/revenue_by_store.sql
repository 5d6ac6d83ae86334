-- Units and revenue of every store since a day, the best first.
-- Also called: SQL sales per location, compare stores, branch revenue
-- :since = 30 days ago
SELECT l.name, SUM(s.units) AS units, SUM(s.revenue_cents) AS revenue_cents
FROM daily_sales AS s
JOIN locations AS l ON l.id = s.location_id
WHERE s.day >= :since
GROUP BY l.name
ORDER BY revenue_cents DESC, l.name

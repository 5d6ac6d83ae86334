-- Units and revenue of every category since a day, the best first.
-- Also called: SQL category sales, revenue per category, which category earns most
-- :since = 30 days ago
SELECT p.category, SUM(s.units) AS units, SUM(s.revenue_cents) AS revenue_cents
FROM daily_sales AS s
JOIN variants AS v ON v.sku = s.sku
JOIN products AS p ON p.id = v.product_id
WHERE s.day >= :since
GROUP BY p.category
ORDER BY revenue_cents DESC, p.category

-- The variants that sold the most units since a day.
-- Also called: best selling products, top sellers, most sold items
-- :since = 30 days ago
-- :limit = 10
SELECT p.name, s.sku, SUM(s.units) AS units, SUM(s.revenue_cents) AS revenue_cents
FROM daily_sales AS s
JOIN variants AS v ON v.sku = s.sku
JOIN products AS p ON p.id = v.product_id
WHERE s.day >= :since
GROUP BY p.name, s.sku
ORDER BY units DESC, s.sku
LIMIT :limit

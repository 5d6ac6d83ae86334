-- The variants in stock that sold the fewest units since a day.
-- Also called: slow moving stock, worst sellers, dead stock, not selling
-- :since = 30 days ago
-- :limit = 10
SELECT p.name, v.sku, COALESCE(sold.units, 0) AS units, held.on_hand
FROM variants AS v
JOIN products AS p ON p.id = v.product_id
JOIN (SELECT sku, SUM(on_hand) AS on_hand FROM stock GROUP BY sku) AS held ON held.sku = v.sku
LEFT JOIN (SELECT sku, SUM(units) AS units FROM daily_sales WHERE day >= :since GROUP BY sku) AS sold ON sold.sku = v.sku
WHERE held.on_hand > 0
ORDER BY units, held.on_hand DESC, v.sku
LIMIT :limit

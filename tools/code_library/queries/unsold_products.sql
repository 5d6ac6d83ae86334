-- The products without a sale since a day.
-- Also called: products never sold, no sales, catalogue without orders
-- :since = 60 days ago
-- :limit = 20
SELECT p.id, p.name, p.category
FROM products AS p
WHERE NOT EXISTS (
    SELECT 1 FROM daily_sales AS s JOIN variants AS v ON v.sku = s.sku
    WHERE v.product_id = p.id AND s.day >= :since AND s.units > 0
)
ORDER BY p.popularity DESC, p.id
LIMIT :limit

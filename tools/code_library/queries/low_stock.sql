-- The variants with fewer units on hand than a minimum, over all locations.
-- Also called: SQL low stock report, running out, almost sold out query, stock below
-- :minimum_units = 5
-- :limit = 20
SELECT p.name, v.sku, SUM(s.on_hand) AS on_hand, SUM(s.incoming) AS incoming
FROM stock AS s
JOIN variants AS v ON v.sku = s.sku
JOIN products AS p ON p.id = v.product_id
WHERE v.active
GROUP BY p.name, v.sku
HAVING SUM(s.on_hand) < :minimum_units
ORDER BY on_hand, v.sku
LIMIT :limit

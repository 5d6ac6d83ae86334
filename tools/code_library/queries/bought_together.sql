-- The pairs of products that stand in the same orders most often.
-- Also called: basket analysis, frequently bought together, product pairs, cross selling
-- :limit = 10
SELECT a.name AS product, b.name AS other, COUNT(DISTINCT a.order_id) AS orders
FROM order_lines AS a
JOIN order_lines AS b ON b.order_id = a.order_id AND b.product_id > a.product_id
GROUP BY a.name, b.name
ORDER BY orders DESC, product, other
LIMIT :limit

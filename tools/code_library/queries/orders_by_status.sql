-- How many orders have which status.
-- Also called: count orders, order status overview, number of open orders
SELECT status, COUNT(*) AS orders
FROM orders
GROUP BY status
ORDER BY orders DESC, status

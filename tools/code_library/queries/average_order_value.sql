-- Number, average and total value of the orders since a day, goods less discounts.
-- Also called: SQL AOV, mean basket, average order amount query
-- :since = 30 days ago
SELECT COUNT(*) AS orders, ROUND(AVG(goods_cents - discount_cents)) AS average_cents,
       SUM(goods_cents - discount_cents) AS total_cents
FROM (
    SELECT o.id, o.discount_cents, SUM(l.quantity * l.unit_price_cents) AS goods_cents
    FROM orders AS o
    JOIN order_lines AS l ON l.order_id = o.id
    WHERE o.placed_at >= :since AND o.status <> 'cancelled'
    GROUP BY o.id, o.discount_cents
) AS valued

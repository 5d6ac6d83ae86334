-- The products with the largest refunds, by order lines of negative quantity.
-- Also called: most returned products, credit notes, returned items query
-- :limit = 10
SELECT name, -SUM(quantity) AS units, -SUM(quantity * unit_price_cents) AS cents
FROM order_lines
WHERE quantity < 0
GROUP BY name
ORDER BY cents DESC, name
LIMIT :limit

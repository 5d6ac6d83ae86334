-- Number of variants, lowest, average and highest price of every category.
-- Also called: prices per category, cheapest and most expensive, price overview
SELECT p.category, COUNT(*) AS variants, MIN(v.price_cents) AS lowest_cents,
       ROUND(AVG(v.price_cents)) AS average_cents, MAX(v.price_cents) AS highest_cents
FROM variants AS v
JOIN products AS p ON p.id = v.product_id
WHERE v.active
GROUP BY p.category
ORDER BY p.category

-- Average units a day of every variant and location, with and without promotion.
-- Also called: SQL promotion uplift, effect of promotions on sales
-- :since = 90 days ago
SELECT on_promotion, COUNT(*) AS days, ROUND(AVG(units), 2) AS units_a_day
FROM daily_sales
WHERE day >= :since
GROUP BY on_promotion
ORDER BY on_promotion

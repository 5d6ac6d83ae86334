-- Units on hand and expected, and the value at selling prices, of every location.
-- Also called: inventory value, stock value per store, stock report by location
SELECT l.name, SUM(s.on_hand) AS on_hand, SUM(s.incoming) AS incoming,
       SUM(s.on_hand * v.price_cents) AS value_cents
FROM stock AS s
JOIN locations AS l ON l.id = s.location_id
JOIN variants AS v ON v.sku = s.sku
GROUP BY l.name
ORDER BY value_cents DESC, l.name

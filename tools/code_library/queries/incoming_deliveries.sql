-- What is expected to come in, by day and location.
-- Also called: incoming stock, deliveries due, purchase orders arriving
-- :limit = 20
SELECT s.incoming_on, l.name AS location, p.name, s.sku, s.incoming
FROM stock AS s
JOIN locations AS l ON l.id = s.location_id
JOIN variants AS v ON v.sku = s.sku
JOIN products AS p ON p.id = v.product_id
WHERE s.incoming > 0
ORDER BY s.incoming_on, l.name, s.sku
LIMIT :limit

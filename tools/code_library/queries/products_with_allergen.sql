-- The products whose label declares an allergen, as ingredient or trace.
-- Also called: list products containing an allergen, allergen report
-- :allergen = milk
-- :limit = 20
SELECT p.id, p.name, a.presence
FROM product_allergens AS a
JOIN products AS p ON p.id = a.product_id
WHERE a.allergen = :allergen
ORDER BY a.presence, p.name
LIMIT :limit

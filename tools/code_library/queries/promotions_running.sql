-- The promotions that run on a day, with what they apply to.
-- Also called: active promotions query, current campaigns, which offers run today
-- :today = 0 days ago
SELECT m.title, m.kind, m.value, m.starts_on, m.ends_on, t.kind AS applies_to, t.value AS target
FROM promotions AS m
JOIN promotion_targets AS t ON t.promotion_id = m.id
WHERE m.starts_on <= :today AND m.ends_on >= :today
ORDER BY m.ends_on, m.title, t.position

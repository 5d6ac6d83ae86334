-- How many points were earned, redeemed and expired since a day.
-- Also called: loyalty ledger summary, points issued and redeemed, points liability query
-- :since = 90 days ago
SELECT kind, COUNT(*) AS entries, SUM(points) AS points
FROM loyalty_ledger
WHERE at >= :since
GROUP BY kind
ORDER BY kind

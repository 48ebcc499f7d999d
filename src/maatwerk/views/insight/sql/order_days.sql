-- Days with an order, one row a visitor and UTC day, up to $now.
SELECT visitor, CAST(FLOOR(time / 86400000.0) AS BIGINT) AS day
FROM purchase
WHERE time <= $now
GROUP BY 1, 2
ORDER BY 1, 2

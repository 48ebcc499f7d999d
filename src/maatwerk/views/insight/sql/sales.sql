-- What each SKU sold, one row a SKU: pieces and revenue (at its price, before discounts on the order)
-- in the year before $now, and pieces in the last 7, 28 and 30 days; `quarters` has the pieces of each 90 days,
-- the newest first.
SELECT line.sku,
    SUM(line.quantity) AS pieces,
    COALESCE(SUM(CASE WHEN line.currency = $currency THEN line.quantity * line.price_minor END), 0) AS revenue_minor,
    SUM(CASE WHEN line.time > $now - 604800000 THEN line.quantity ELSE 0 END) AS pieces_7,
    SUM(CASE WHEN line.time > $now - 2419200000 THEN line.quantity ELSE 0 END) AS pieces_28,
    SUM(CASE WHEN line.time > $now - 2592000000 THEN line.quantity ELSE 0 END) AS pieces_30,
    LIST_VALUE(
        SUM(CASE WHEN line.time > $now - 7776000000 THEN line.quantity ELSE 0 END),
        SUM(CASE WHEN line.time <= $now - 7776000000 AND line.time > $now - 15552000000
            THEN line.quantity ELSE 0 END),
        SUM(CASE WHEN line.time <= $now - 15552000000 AND line.time > $now - 23328000000
            THEN line.quantity ELSE 0 END),
        SUM(CASE WHEN line.time <= $now - 23328000000 THEN line.quantity ELSE 0 END)
    ) AS quarters
FROM line
JOIN purchase ON purchase."offset" = line."offset"
WHERE line.time > $now - 31536000000 AND line.time <= $now
GROUP BY line.sku
ORDER BY line.sku

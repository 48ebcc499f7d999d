-- How products do from $since to before $until: seen, put into carts, sold, returned; amounts at their price in minor
-- units, before discounts on the order. pace: pieces a day over the 28 days before $until.
WITH seen AS (
    SELECT product, SUM(views) AS views, SUM(adds) AS adds
    FROM shelf
    WHERE day >= CAST(FLOOR($since / 86400000.0) AS INTEGER) AND day <= CAST(FLOOR($until / 86400000.0) AS INTEGER)
    GROUP BY product
), bought AS (
    SELECT product,
        COUNT(CASE WHEN time >= $since THEN 1 END) AS orders,
        COALESCE(SUM(CASE WHEN time >= $since THEN quantity END), 0) AS pieces,
        COALESCE(SUM(CASE WHEN time >= $since THEN amount_minor END), 0) AS amount_minor,
        COALESCE(SUM(CASE WHEN time >= $since THEN returned END), 0) AS returned,
        COALESCE(SUM(CASE WHEN time >= $until - 2419200000 THEN quantity END), 0) / 28.0 AS pace
    FROM sold
    WHERE time >= LEAST($since, $until - 2419200000) AND time < $until
    GROUP BY product
)
SELECT COALESCE(seen.product, bought.product) AS product,
    CAST(COALESCE(seen.views, 0) AS BIGINT) AS views, CAST(COALESCE(seen.adds, 0) AS BIGINT) AS adds,
    COALESCE(bought.orders, 0) AS orders, COALESCE(bought.pieces, 0) AS pieces,
    COALESCE(bought.amount_minor, 0) AS amount_minor, COALESCE(bought.returned, 0) AS returned,
    COALESCE(bought.pace, 0) AS pace
FROM seen
FULL OUTER JOIN bought ON bought.product = seen.product
ORDER BY amount_minor DESC, views DESC, product
LIMIT 500

-- What a product sold at which price in the year before $until, for products sold at several: days it was sold at that
-- price, pieces a view on those days. Days without a sale say nothing of the price, and are left out of both.
WITH daily AS (
    SELECT product, CAST(FLOOR(time / 86400000.0) AS INTEGER) AS day,
        ROUND(SUM(amount_minor) / NULLIF(SUM(quantity), 0)) AS price_minor, SUM(quantity) AS pieces
    FROM sold
    WHERE time >= $until - 31536000000 AND time < $until AND amount_minor > 0 AND quantity > 0
    GROUP BY 1, 2
), levels AS (
    SELECT daily.product, daily.price_minor, COUNT(*) AS days, SUM(daily.pieces) AS pieces,
        CAST(COALESCE(SUM(shelf.views), 0) AS BIGINT) AS views
    FROM daily
    LEFT JOIN shelf ON shelf.product = daily.product AND shelf.day = daily.day
    GROUP BY daily.product, daily.price_minor
), several AS (
    SELECT product FROM levels WHERE days >= 2 GROUP BY product
    HAVING COUNT(*) >= 3 AND SUM(pieces) >= 30
    ORDER BY SUM(pieces) DESC, product
    LIMIT 200
)
SELECT levels.product, levels.price_minor, levels.days, levels.pieces, levels.views
FROM levels
JOIN several ON several.product = levels.product
WHERE levels.days >= 2
ORDER BY levels.product, levels.price_minor

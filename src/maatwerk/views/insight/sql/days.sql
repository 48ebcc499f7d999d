-- The same day by day: day 0 begins at $since, a day is 24 hours. Days without anything have no row.
WITH visits AS (
    SELECT CAST(FLOOR((time - $since) / 86400000.0) AS BIGINT) AS day, COUNT(DISTINCT visitor) AS visitors
    FROM act
    WHERE time >= $since AND time < $until
    GROUP BY 1
), sales AS (
    SELECT CAST(FLOOR((time - $since) / 86400000.0) AS BIGINT) AS day,
        COUNT(*) AS orders,
        COUNT(DISTINCT visitor) AS buyers,
        CAST(COALESCE(SUM(paid_minor), 0) AS BIGINT) AS revenue_minor
    FROM sale
    WHERE time >= $since AND time < $until
    GROUP BY 1
)
SELECT visits.day, visits.visitors,
    COALESCE(sales.orders, 0) AS orders,
    COALESCE(sales.buyers, 0) AS buyers,
    COALESCE(sales.revenue_minor, 0) AS revenue_minor
FROM visits
LEFT JOIN sales ON sales.day = visits.day
ORDER BY visits.day

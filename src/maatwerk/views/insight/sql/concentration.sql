-- How revenue is spread over the customers who paid anything from $since to before $until: of each hundredth of them, the
-- best first, what it paid. hundredth 1 is the best one percent.
WITH customers AS (
    SELECT visitor, SUM(paid_minor) AS paid_minor
    FROM sale
    WHERE time >= $since AND time < $until AND priced
    GROUP BY visitor
    HAVING SUM(paid_minor) > 0
)
SELECT hundredth, COUNT(*) AS customers, CAST(SUM(paid_minor) AS BIGINT) AS paid_minor
FROM (SELECT paid_minor, NTILE(100) OVER (ORDER BY paid_minor DESC, visitor) AS hundredth FROM customers)
GROUP BY hundredth
ORDER BY hundredth

-- The two arms of the comparison with the holdout since $since: who came (the table arm: her first device decides),
-- who of them ordered since then, and the sum and the sum of squares of what they paid, in minor units.
-- Both arms are counted alike, whether or not anything personal was shown (intention to treat).
WITH sales AS (
    SELECT visitor, COUNT(*) AS orders, COALESCE(SUM(paid_minor), 0) AS paid_minor
    FROM sale
    WHERE time >= $since
    GROUP BY visitor
)
SELECT arm.held, COUNT(*) AS visitors, COUNT(CASE WHEN sales.orders > 0 THEN 1 END) AS buyers,
    CAST(COALESCE(SUM(sales.paid_minor), 0) AS DOUBLE) AS revenue_minor,
    COALESCE(SUM(CAST(sales.paid_minor AS DOUBLE) * sales.paid_minor), 0) AS squares
FROM arm
LEFT JOIN sales ON sales.visitor = arm.visitor
GROUP BY arm.held
ORDER BY arm.held

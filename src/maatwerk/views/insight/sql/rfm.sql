-- Customers by how lately and how often they ordered, up to $until: 1 the fifth who did so least, 5 the fifth who did
-- most. Ties stand in the same fifth as far as they can: by order days, then by visitor.
WITH customers AS (
    SELECT visitor, MAX(time) AS last, COUNT(*) AS orders, COALESCE(SUM(paid_minor), 0) AS paid_minor
    FROM sale
    WHERE time < $until
    GROUP BY visitor
), fifths AS (
    SELECT visitor, last, orders, paid_minor,
        NTILE(5) OVER (ORDER BY last, visitor) AS recency,
        CASE WHEN orders = 1 THEN 1 WHEN orders = 2 THEN 2 WHEN orders <= 4 THEN 3 WHEN orders <= 8 THEN 4 ELSE 5 END
            AS frequency
    FROM customers
)
SELECT recency, frequency, COUNT(*) AS customers, CAST(SUM(paid_minor) AS BIGINT) AS paid_minor,
    MIN(last) AS earliest, MAX(last) AS latest
FROM fifths
GROUP BY recency, frequency
ORDER BY recency, frequency

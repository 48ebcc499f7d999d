-- Customers by the month of their first order, and how many of them ordered again so many months later (month 0 is the
-- first), with what they paid in it in minor units. Months of the shop's clock, $shift ms ahead of UTC; up to $until.
WITH bought AS (
    SELECT visitor, nth, paid_minor,
        CAST(EXTRACT(YEAR FROM EPOCH_MS(CAST(time + $shift AS BIGINT))) * 12
            + EXTRACT(MONTH FROM EPOCH_MS(CAST(time + $shift AS BIGINT))) - 1 AS INTEGER) AS month
    FROM sale
    WHERE time < $until
), firsts AS (
    SELECT visitor, month AS cohort FROM bought WHERE nth = 1
)
SELECT firsts.cohort, bought.month - firsts.cohort AS later, COUNT(DISTINCT bought.visitor) AS customers,
    COUNT(*) AS orders, CAST(COALESCE(SUM(bought.paid_minor), 0) AS BIGINT) AS paid_minor
FROM firsts
JOIN bought ON bought.visitor = firsts.visitor
GROUP BY 1, 2
ORDER BY 1, 2

-- The first figures, one row a period: 1 is the present one, from $since to before $until; 0 the one before it,
-- of the same length. Revenue is in minor units of $currency; orders in other currencies are counted apart.
WITH periods AS (
    SELECT 1 AS period, CAST($since AS BIGINT) AS since, CAST($until AS BIGINT) AS until
    UNION ALL
    SELECT 0, CAST($before AS BIGINT), CAST($since AS BIGINT)
), visits AS (
    SELECT periods.period, COUNT(DISTINCT deed.visitor) AS visitors
    FROM periods
    JOIN deed ON deed.time >= periods.since AND deed.time < periods.until
    GROUP BY periods.period
), numbered AS (
    SELECT order_id, visitor, time, currency, paid_minor,
        ROW_NUMBER() OVER (PARTITION BY visitor ORDER BY time, "offset") AS nth
    FROM purchase
), sales AS (
    SELECT periods.period,
        COUNT(*) AS orders,
        COUNT(DISTINCT numbered.visitor) AS buyers,
        COUNT(DISTINCT CASE WHEN numbered.nth > 1 THEN numbered.visitor END) AS returning,
        SUM(CASE WHEN numbered.currency = $currency THEN numbered.paid_minor END) AS revenue_minor,
        COUNT(CASE WHEN numbered.currency = $currency THEN numbered.paid_minor END) AS priced
    FROM periods
    JOIN numbered ON numbered.time >= periods.since AND numbered.time < periods.until
    GROUP BY periods.period
)
SELECT periods.period,
    COALESCE(visits.visitors, 0) AS visitors,
    COALESCE(sales.orders, 0) AS orders,
    COALESCE(sales.buyers, 0) AS buyers,
    COALESCE(sales.returning, 0) AS returning,
    COALESCE(sales.revenue_minor, 0) AS revenue_minor,
    COALESCE(sales.priced, 0) AS priced
FROM periods
LEFT JOIN visits ON visits.period = periods.period
LEFT JOIN sales ON sales.period = periods.period
ORDER BY periods.period

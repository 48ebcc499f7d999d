-- What periods come to, one row each: from $since[n] to before $until[n], with n as `period`.
-- Revenue is in minor units of the reporting currency, refunds taken off; orders in other currencies are counted apart.
WITH periods AS (
    SELECT UNNEST(RANGE(LEN(CAST($since AS BIGINT[])))) AS period,
        UNNEST(CAST($since AS BIGINT[])) AS since, UNNEST(CAST($until AS BIGINT[])) AS until
), visits AS (
    SELECT periods.period, COUNT(DISTINCT act.visitor) AS visitors
    FROM periods
    JOIN act ON act.time >= periods.since AND act.time < periods.until
    GROUP BY periods.period
), sessions AS (
    SELECT periods.period, COUNT(*) AS sessions
    FROM periods
    JOIN visit ON visit.time >= periods.since AND visit.time < periods.until
    GROUP BY periods.period
), sales AS (
    SELECT periods.period,
        COUNT(*) AS orders,
        COUNT(DISTINCT sale.visitor) AS buyers,
        COUNT(DISTINCT CASE WHEN sale.nth > 1 THEN sale.visitor END) AS returning,
        SUM(sale.paid_minor) AS revenue_minor,
        COUNT(CASE WHEN sale.priced THEN 1 END) AS priced,
        SUM(sale.refunded_minor) AS refunded_minor,
        SUM(sale.discount_minor) AS discount_minor,
        SUM(sale.clicked_minor) AS clicked_minor,
        COUNT(CASE WHEN sale.clicked > 0 THEN 1 END) AS clicked_orders
    FROM periods
    JOIN sale ON sale.time >= periods.since AND sale.time < periods.until
    GROUP BY periods.period
)
SELECT periods.period,
    COALESCE(visits.visitors, 0) AS visitors,
    COALESCE(sessions.sessions, 0) AS sessions,
    COALESCE(sales.orders, 0) AS orders,
    COALESCE(sales.buyers, 0) AS buyers,
    COALESCE(sales.returning, 0) AS returning,
    CAST(COALESCE(sales.revenue_minor, 0) AS BIGINT) AS revenue_minor,
    COALESCE(sales.priced, 0) AS priced,
    CAST(COALESCE(sales.refunded_minor, 0) AS BIGINT) AS refunded_minor,
    CAST(COALESCE(sales.discount_minor, 0) AS BIGINT) AS discount_minor,
    COALESCE(sales.clicked_minor, 0) AS clicked_minor,
    COALESCE(sales.clicked_orders, 0) AS clicked_orders
FROM periods
LEFT JOIN visits ON visits.period = periods.period
LEFT JOIN sessions ON sessions.period = periods.period
LEFT JOIN sales ON sales.period = periods.period
ORDER BY periods.period

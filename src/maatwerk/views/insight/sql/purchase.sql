-- Orders, one row each however many routes reported it: a proven report before a claimed one, one that states
-- what was paid before one that does not, then the earliest. Cancelled orders are left out; refunds are taken
-- off. Amounts are in minor units of the order's own currency; paid_minor is unknown where nobody stated it.
WITH reports AS (
    SELECT order_id, visitor, anonymous_id, time, "offset", value_minor, currency,
        ROW_NUMBER() OVER (
            PARTITION BY order_id
            ORDER BY proven DESC, CASE WHEN value_minor IS NULL THEN 1 ELSE 0 END, time, "offset"
        ) AS place
    FROM deed
    WHERE name = 'Order Completed' AND order_id <> ''
), refunds AS (
    SELECT order_id, SUM(value_minor) AS refunded_minor
    FROM (
        SELECT DISTINCT order_id, time, value_minor
        FROM event
        WHERE name = 'Order Refunded' AND order_id <> '' AND value_minor > 0
    )
    GROUP BY order_id
), cancelled AS (
    SELECT DISTINCT order_id FROM event WHERE name = 'Order Cancelled' AND order_id <> ''
)
SELECT reports.order_id, reports.visitor, reports.anonymous_id, reports.time, reports."offset", reports.currency,
    reports.value_minor - COALESCE(refunds.refunded_minor, 0) AS paid_minor,
    COALESCE(refunds.refunded_minor, 0) AS refunded_minor
FROM reports
LEFT JOIN refunds ON refunds.order_id = reports.order_id
LEFT JOIN cancelled ON cancelled.order_id = reports.order_id
WHERE reports.place = 1 AND cancelled.order_id IS NULL

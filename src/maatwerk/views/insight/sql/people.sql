-- What predictions read of everyone at $now, one row a visitor: her order days, what she paid, and what she did
-- with products of late. $until ends the time after $now in which `orders_after` counts; the same as $now where
-- nothing after it is asked. Days are UTC days since 1970. One shopper's own row is made by
-- views/predicted/people from her folds, with the same meaning; what was denied for personalization
-- is in neither.
WITH bought AS (
    SELECT purchase.visitor, purchase.order_id, purchase.time, purchase.paid_minor, purchase.currency,
        CAST(FLOOR(purchase.time / 86400000.0) AS BIGINT) AS day
    FROM purchase
    JOIN event ON event."offset" = purchase."offset" AND event.stitched
), saved AS (
    SELECT order_id, MAX(CASE WHEN discounted THEN 1 ELSE 0 END) AS discounted
    FROM event
    WHERE name = 'Order Completed' AND order_id <> ''
    GROUP BY order_id
), orders AS (
    SELECT bought.visitor,
        COUNT(DISTINCT CASE WHEN time <= $now THEN day END) AS order_days,
        MIN(CASE WHEN time <= $now THEN day END) AS first_day,
        MAX(CASE WHEN time <= $now THEN day END) AS last_day,
        MAX(CASE WHEN time <= $now THEN time END) AS ordered_at,
        COUNT(CASE WHEN time <= $now AND paid_minor > 0 AND currency = $currency THEN 1 END) AS paid,
        COALESCE(SUM(CASE WHEN time <= $now AND paid_minor > 0 AND currency = $currency THEN paid_minor END), 0)
            AS paid_minor,
        COUNT(CASE WHEN time <= $now THEN 1 END) AS orders,
        COUNT(CASE WHEN time <= $now AND saved.discounted = 1 THEN 1 END) AS discounted,
        COUNT(CASE WHEN time > $now AND time <= $until THEN 1 END) AS orders_after
    FROM bought
    LEFT JOIN saved ON saved.order_id = bought.order_id
    GROUP BY bought.visitor
), acts AS (
    SELECT deed.visitor, deed.time, deed.name
    FROM deed
    WHERE deed.name IN ('Product Viewed', 'Product Clicked', 'Product Added') AND deed.time <= $now
        AND deed.stitched
), lately AS (
    SELECT acts.visitor,
        MAX(acts.time) AS seen_at,
        COUNT(CASE WHEN acts.name = 'Product Viewed' AND acts.time > $now - 604800000 THEN 1 END) AS views_7,
        COUNT(CASE WHEN acts.name = 'Product Viewed' AND acts.time > $now - 2592000000 THEN 1 END) AS views_30,
        COUNT(CASE WHEN acts.name = 'Product Added' AND acts.time > $now - 604800000 THEN 1 END) AS adds_7,
        COUNT(CASE WHEN acts.name = 'Product Added' AND acts.time > $now - 2592000000 THEN 1 END) AS adds_30,
        COUNT(CASE WHEN acts.name = 'Product Added' AND acts.time > $now - 2592000000
            AND acts.time > COALESCE(orders.ordered_at, 0) THEN 1 END) AS open_adds,
        COUNT(DISTINCT CASE WHEN acts.time > $now - 2592000000
            THEN CAST(FLOOR(acts.time / 86400000.0) AS BIGINT) END) AS days_30
    FROM acts
    LEFT JOIN orders ON orders.visitor = acts.visitor
    GROUP BY acts.visitor
)
SELECT COALESCE(orders.visitor, lately.visitor) AS visitor,
    COALESCE(orders.order_days, 0) AS order_days,
    COALESCE(orders.first_day, -1) AS first_day,
    COALESCE(orders.last_day, -1) AS last_day,
    COALESCE(orders.paid, 0) AS paid,
    CAST(COALESCE(orders.paid_minor, 0) AS BIGINT) AS paid_minor,
    COALESCE(orders.orders, 0) AS orders,
    COALESCE(orders.discounted, 0) AS discounted,
    COALESCE(orders.orders_after, 0) AS orders_after,
    GREATEST(COALESCE(lately.seen_at, 0), COALESCE(orders.ordered_at, 0)) AS seen_at,
    COALESCE(lately.views_7, 0) AS views_7,
    COALESCE(lately.views_30, 0) AS views_30,
    COALESCE(lately.adds_7, 0) AS adds_7,
    COALESCE(lately.adds_30, 0) AS adds_30,
    COALESCE(lately.open_adds, 0) AS open_adds,
    COALESCE(lately.days_30, 0) AS days_30
FROM orders
FULL OUTER JOIN lately ON lately.visitor = orders.visitor
WHERE COALESCE(orders.order_days, 0) > 0 OR lately.visitor IS NOT NULL
ORDER BY 1

-- An experiment's arms in sums, one row a variant: who was first exposed since $since, and what she did from then
-- on until $now. The unit is the visitor (a customer on all her devices is one); the first exposure decides her
-- variant. Amounts in minor units of $currency, net of refunds. Margin: lines at their price times the product's
-- margin ($margin_skus and $margin_shares name them pairwise), less discounts, times what was kept after refunds.
-- Revenue and margin above the $winsorize quantile of all arms' values above zero count as that quantile.
-- Clicks are those on personal elements. Of retention only those count who were exposed 14 days ago or earlier:
-- came back means that anything happened between the 7th and the 14th day. Before: the 28 days before exposure.
WITH exposures AS (
    SELECT event.time, event."offset",
        COALESCE(json_extract_string(event.properties, '$.variation_id'), json_extract_string(event.properties, '$.variationId')) AS variant,
        CASE
            WHEN event.anonymous_id = '' THEN 'u:' || event.user_id
            WHEN link.owner IS NOT NULL THEN 'u:' || link.owner
            ELSE 'a:' || event.anonymous_id
        END AS visitor
    FROM event
    LEFT JOIN link ON link.anonymous_id = event.anonymous_id
        AND (event.time > link.start OR (event.time = link.start AND event."offset" >= link.start_offset))
        AND (event.time < link.until OR (event.time = link.until AND event."offset" < link.until_offset))
    WHERE event.name = 'Experiment Viewed' AND event.counted AND (event.anonymous_id <> '' OR event.user_id <> '')
        AND COALESCE(json_extract_string(event.properties, '$.experiment_id'), json_extract_string(event.properties, '$.experimentId')) = $experiment
), placed AS (
    SELECT visitor, variant, time, ROW_NUMBER() OVER (PARTITION BY visitor ORDER BY time, "offset") AS place
    FROM exposures
), units AS (
    SELECT visitor, variant, time FROM placed WHERE place = 1 AND time >= $since AND time < $now
), margins AS (
    SELECT UNNEST(CAST($margin_skus AS VARCHAR[])) AS sku, UNNEST(CAST($margin_shares AS DOUBLE[])) AS margin
), orders AS (
    SELECT purchase.visitor, purchase.time, purchase."offset", CAST(purchase.paid_minor AS DOUBLE) AS paid_minor, CAST(event.value_minor AS DOUBLE) AS gross_minor
    FROM purchase
    JOIN event ON event."offset" = purchase."offset"
    WHERE purchase.currency = $currency
), earned AS (
    SELECT line."offset", SUM(line.quantity * line.price_minor) AS listed_minor,
        SUM(CASE WHEN margins.margin IS NOT NULL THEN line.quantity * line.price_minor ELSE 0 END) AS known_minor,
        SUM(line.quantity * line.price_minor * margins.margin) AS margin_minor
    FROM line
    LEFT JOIN margins ON margins.sku = line.sku
    WHERE line.name = 'Order Completed' AND line.price_minor IS NOT NULL
    GROUP BY line."offset"
), sales AS (
    SELECT units.visitor,
        SUM(CASE WHEN orders.time >= units.time THEN 1 ELSE 0 END) AS orders,
        SUM(CASE WHEN orders.time >= units.time THEN COALESCE(orders.paid_minor, 0) ELSE 0 END) AS revenue,
        SUM(CASE WHEN orders.time < units.time THEN COALESCE(orders.paid_minor, 0) ELSE 0 END) AS before,
        SUM(CASE WHEN orders.time >= units.time AND earned.listed_minor > 0 THEN
            (COALESCE(earned.margin_minor, 0) - GREATEST(earned.listed_minor - COALESCE(orders.gross_minor, earned.listed_minor), 0))
            * CASE WHEN orders.gross_minor > 0 THEN COALESCE(orders.paid_minor, 0) / orders.gross_minor ELSE 1 END
            ELSE 0 END) AS margin,
        SUM(CASE WHEN orders.time >= units.time THEN COALESCE(earned.listed_minor, 0) ELSE 0 END) AS listed,
        SUM(CASE WHEN orders.time >= units.time THEN COALESCE(earned.known_minor, 0) ELSE 0 END) AS known
    FROM units
    JOIN orders ON orders.visitor = units.visitor AND orders.time >= units.time - 2419200000 AND orders.time < $now
    LEFT JOIN earned ON earned."offset" = orders."offset"
    GROUP BY units.visitor
), acts AS (
    SELECT units.visitor,
        SUM(CASE WHEN deed.tracking <> '' AND deed.name IN ('Product Clicked', 'Promotion Clicked') THEN 1 ELSE 0 END) AS clicks,
        MAX(CASE WHEN deed.time >= units.time + 604800000 AND deed.time < units.time + 1209600000 THEN 1 ELSE 0 END) AS returned
    FROM units
    JOIN deed ON deed.visitor = units.visitor AND deed.time >= units.time AND deed.time < $now
    GROUP BY units.visitor
), rows AS (
    SELECT units.visitor, units.variant, units.time, CAST(COALESCE(sales.orders, 0) AS DOUBLE) AS orders,
        COALESCE(sales.revenue, 0) AS revenue, COALESCE(sales.before, 0) AS before, COALESCE(sales.margin, 0) AS margin,
        COALESCE(sales.listed, 0) AS listed, COALESCE(sales.known, 0) AS known,
        CAST(COALESCE(acts.clicks, 0) AS DOUBLE) AS clicks,
        CASE WHEN units.time <= $now - 1209600000 THEN 1 ELSE 0 END AS ripe, COALESCE(acts.returned, 0) AS returned
    FROM units
    LEFT JOIN sales ON sales.visitor = units.visitor
    LEFT JOIN acts ON acts.visitor = units.visitor
), caps AS (
    SELECT QUANTILE_CONT(CASE WHEN revenue > 0 THEN revenue END, CAST($winsorize AS DOUBLE)) AS revenue,
        QUANTILE_CONT(CASE WHEN margin > 0 THEN margin END, CAST($winsorize AS DOUBLE)) AS margin,
        QUANTILE_CONT(CASE WHEN before > 0 THEN before END, CAST($winsorize AS DOUBLE)) AS before
    FROM rows
), capped AS (
    SELECT rows.variant, rows.time, rows.orders, rows.listed, rows.known, rows.clicks, rows.ripe, rows.returned,
        CASE WHEN rows.revenue > caps.revenue THEN caps.revenue ELSE rows.revenue END AS revenue,
        CASE WHEN rows.margin > caps.margin THEN caps.margin ELSE rows.margin END AS margin,
        CASE WHEN rows.before > caps.before THEN caps.before ELSE rows.before END AS before
    FROM rows
    CROSS JOIN caps
)
SELECT variant, COUNT(*) AS visitors, MIN(time) AS first_at, MAX(time) AS last_at,
    CAST(SUM(CASE WHEN orders > 0 THEN 1 ELSE 0 END) AS BIGINT) AS buyers,
    SUM(orders) AS orders, SUM(orders * orders) AS orders_squares,
    SUM(revenue) AS revenue, SUM(revenue * revenue) AS revenue_squares, SUM(revenue * orders) AS revenue_orders,
    SUM(before) AS before, SUM(before * before) AS before_squares, SUM(revenue * before) AS revenue_before,
    SUM(margin) AS margin, SUM(margin * margin) AS margin_squares, SUM(margin * before) AS margin_before,
    SUM(listed) AS listed, SUM(known) AS known,
    SUM(clicks) AS clicks, SUM(clicks * clicks) AS clicks_squares,
    CAST(SUM(ripe) AS BIGINT) AS ripe, CAST(SUM(ripe * returned) AS BIGINT) AS returned
FROM capped
GROUP BY variant
ORDER BY variant

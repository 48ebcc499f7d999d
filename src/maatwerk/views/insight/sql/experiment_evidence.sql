-- What an allocation learns from, one row a visitor, newest exposure first, at most 200,000: her variant, her
-- features at exposure where they were noted, and what she did from then until $now. Amounts in minor units.
WITH exposures AS (
    SELECT event.time, event."offset", event.properties,
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
), units AS (
    SELECT visitor, variant, time, "offset", json_extract_string(properties, '$.features') AS features
    FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY visitor ORDER BY time, "offset") AS place FROM exposures)
    WHERE place = 1 AND time < $now
), sales AS (
    SELECT units.visitor, COUNT(*) AS orders,
        SUM(CASE WHEN purchase.currency = $currency THEN COALESCE(purchase.paid_minor, 0) ELSE 0 END) AS revenue
    FROM units
    JOIN purchase ON purchase.visitor = units.visitor AND purchase.time >= units.time AND purchase.time < $now
    GROUP BY units.visitor
), acts AS (
    SELECT units.visitor, COUNT(*) AS clicks
    FROM units
    JOIN deed ON deed.visitor = units.visitor AND deed.time >= units.time AND deed.time < $now
        AND deed.tracking <> '' AND deed.name IN ('Product Clicked', 'Promotion Clicked')
    GROUP BY units.visitor
)
SELECT units.variant, units.features, COALESCE(sales.orders, 0) AS orders,
    CAST(COALESCE(sales.revenue, 0) AS DOUBLE) AS revenue, COALESCE(acts.clicks, 0) AS clicks
FROM units
LEFT JOIN sales ON sales.visitor = units.visitor
LEFT JOIN acts ON acts.visitor = units.visitor
ORDER BY units.time DESC, units."offset" DESC
LIMIT 200000

-- Sessions begun from $since to before $until by $by (device, channel, country, store or campaign): how they go. An order
-- counts for the session that it was placed in. bounced: one deed and no more.
WITH begun AS (
    SELECT session, visitor, deeds, views, adds, until - time AS lasted,
        CASE $by WHEN 'device' THEN device WHEN 'channel' THEN channel WHEN 'country' THEN country
            WHEN 'store' THEN store ELSE COALESCE(NULLIF(campaign, ''), 'none') END AS value
    FROM visit
    WHERE time >= $since AND time < $until
), ordered AS (
    SELECT act.session, COUNT(*) AS orders, SUM(sale.paid_minor) AS paid_minor
    FROM sale
    JOIN act ON act."offset" = sale."offset" AND act.session > 0
    WHERE sale.time >= $since
    GROUP BY act.session
)
SELECT begun.value, COUNT(*) AS sessions, COUNT(DISTINCT begun.visitor) AS visitors,
    COUNT(CASE WHEN begun.deeds = 1 THEN 1 END) AS bounced,
    COUNT(CASE WHEN begun.views > 0 THEN 1 END) AS viewed,
    COUNT(CASE WHEN begun.adds > 0 THEN 1 END) AS added,
    COUNT(ordered.session) AS with_order,
    CAST(COALESCE(SUM(ordered.paid_minor), 0) AS BIGINT) AS paid_minor,
    MEDIAN(begun.lasted) / 60000.0 AS minutes
FROM begun
LEFT JOIN ordered ON ordered.session = begun.session
GROUP BY begun.value
ORDER BY sessions DESC, begun.value
LIMIT 200

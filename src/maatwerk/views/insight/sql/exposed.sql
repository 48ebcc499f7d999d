-- Who took part in the comparison with the holdout since $since: every visitor of whom anything happened in the
-- shop, under the device she first came with since then (that decides her arm), and what she has bought since.
-- Both arms are counted alike, whether or not anything personal was shown (intention to treat).
WITH first_seen AS (
    SELECT visitor, anonymous_id, time, "offset",
        ROW_NUMBER() OVER (PARTITION BY visitor ORDER BY time, "offset") AS place
    FROM deed
    WHERE time >= $since AND origin = 'collected' AND anonymous_id <> '' AND device <> 'server'
), sales AS (
    SELECT visitor, COUNT(*) AS orders,
        COALESCE(SUM(CASE WHEN currency = $currency THEN paid_minor END), 0) AS revenue_minor
    FROM purchase
    WHERE time >= $since
    GROUP BY visitor
)
SELECT first_seen.anonymous_id, COALESCE(sales.orders, 0) AS orders, COALESCE(sales.revenue_minor, 0) AS revenue_minor
FROM first_seen
LEFT JOIN sales ON sales.visitor = first_seen.visitor
WHERE first_seen.place = 1
ORDER BY first_seen.anonymous_id

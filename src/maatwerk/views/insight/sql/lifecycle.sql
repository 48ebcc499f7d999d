-- Where customers stood $days ms before $until, and where they stand at $until: new (first order in the last $span ms),
-- active (ordered in it, not new), sleeping (in the span before it), lost (longer ago), none (no order yet).
WITH moments AS (
    SELECT visitor,
        MIN(time) AS first_now, MAX(time) AS last_now,
        MIN(CASE WHEN time < $until - $days THEN time END) AS first_then,
        MAX(CASE WHEN time < $until - $days THEN time END) AS last_then
    FROM sale
    WHERE time < $until
    GROUP BY visitor
), states AS (
    SELECT
        CASE WHEN last_then IS NULL THEN 'none'
            WHEN first_then >= $until - $days - $span THEN 'new'
            WHEN last_then >= $until - $days - $span THEN 'active'
            WHEN last_then >= $until - $days - 2 * $span THEN 'sleeping' ELSE 'lost' END AS was,
        CASE WHEN first_now >= $until - $span THEN 'new'
            WHEN last_now >= $until - $span THEN 'active'
            WHEN last_now >= $until - 2 * $span THEN 'sleeping' ELSE 'lost' END AS became
    FROM moments
)
SELECT was, became, COUNT(*) AS customers
FROM states
GROUP BY was, became
ORDER BY was, became

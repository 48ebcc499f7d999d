-- Revenue of new and of known customers by where it was sold, from $since to before $until, and before that from
-- $before on.
SELECT CASE WHEN nth = 1 THEN 'new' ELSE 'known' END AS customers, channel,
    COUNT(CASE WHEN time >= $since THEN 1 END) AS orders,
    CAST(COALESCE(SUM(CASE WHEN time >= $since THEN paid_minor END), 0) AS BIGINT) AS now_minor,
    CAST(COALESCE(SUM(CASE WHEN time < $since THEN paid_minor END), 0) AS BIGINT) AS before_minor
FROM sale
WHERE time >= $before AND time < $until
GROUP BY 1, 2
ORDER BY now_minor DESC, 1, 2

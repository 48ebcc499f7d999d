-- New against known customers, orders placed from $since to before $until.
SELECT CASE WHEN nth = 1 THEN 'new' ELSE 'known' END AS customers, COUNT(*) AS orders,
    COUNT(DISTINCT visitor) AS buyers, CAST(COALESCE(SUM(paid_minor), 0) AS BIGINT) AS paid_minor,
    COUNT(CASE WHEN priced THEN 1 END) AS priced, COUNT(CASE WHEN discounted THEN 1 END) AS discounted
FROM sale
WHERE time >= $since AND time < $until
GROUP BY 1
ORDER BY 1 DESC

-- What an experiment can count on: visitors and buyers of a window, and the first moment of it that anything
-- happened in.
SELECT COUNT(DISTINCT deed.visitor) AS visitors, MIN(deed.time) AS first_at,
    COUNT(DISTINCT CASE WHEN deed.name = 'Order Completed' THEN deed.visitor END) AS buyers
FROM deed
WHERE deed.time >= $since AND deed.time < $now

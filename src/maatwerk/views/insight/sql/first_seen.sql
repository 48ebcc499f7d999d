-- Who took part in the comparison with the holdout since $since: every visitor of whom anything happened in the
-- shop, under the device she first came with since then (that decides her arm).
SELECT who.visitor, found.anonymous_id
FROM (
    SELECT visitor, anonymous_id, ROW_NUMBER() OVER (PARTITION BY visitor ORDER BY time, "offset") AS place
    FROM deed
    WHERE time >= $since AND origin = 'collected' AND anonymous_id <> '' AND device <> 'server'
) AS found
JOIN who ON who.name = found.visitor
WHERE found.place = 1
ORDER BY who.visitor

-- What shoppers did, one row a deed, each in its session: a stretch of one visitor's deeds in the shop itself with
-- less than 30 minutes between them. What a server reports, or a file without a device, belongs to no session (0).
-- place numbers the deeds of all visitors, each visitor's in their order and without a gap.
WITH told AS (
    SELECT who.visitor, deed.time, deed."offset", deed.name,
        deed.anonymous_id <> '' AND deed.device <> 'server' AS inside
    FROM deed
    JOIN who ON who.name = deed.visitor
), begun AS (
    SELECT visitor, time, "offset", name, inside,
        CASE
            WHEN inside AND COALESCE(time - LAG(time) OVER (
                PARTITION BY visitor, inside ORDER BY time, "offset"
            ), 1800000) >= 1800000 THEN 1
            ELSE 0
        END AS begins
    FROM told
)
SELECT visitor,
    CAST(CASE WHEN inside THEN SUM(begins) OVER (
        ORDER BY inside, visitor, time, "offset" ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) ELSE 0 END AS INTEGER) AS session,
    CAST(ROW_NUMBER() OVER (ORDER BY visitor, time, "offset") AS INTEGER) AS place,
    time, "offset", name
FROM begun
ORDER BY visitor, time, "offset"

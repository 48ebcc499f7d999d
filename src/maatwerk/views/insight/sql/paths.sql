-- The ways that sessions begun from $since to before $until take: their first five deeds, the same deed several times on
-- end counted once; from the first deed named $start on where one is given. whole counts all such sessions.
WITH begun AS (
    SELECT act.session, MIN(act.place) AS place
    FROM act
    JOIN visit ON visit.session = act.session
    WHERE visit.time >= $since AND visit.time < $until AND ($start = '' OR act.name = $start)
    GROUP BY act.session
), deeds AS (
    SELECT act.session, act.place, act.name,
        LAG(act.name) OVER (PARTITION BY act.session ORDER BY act.place) AS before
    FROM act
    JOIN begun ON begun.session = act.session AND act.place >= begun.place
), numbered AS (
    SELECT session, name, place, ROW_NUMBER() OVER (PARTITION BY session ORDER BY place) AS nth
    FROM deeds
    WHERE before IS NULL OR before <> name
), ways AS (
    SELECT session, STRING_AGG(name, ' → ' ORDER BY place) FILTER (nth <= 5) AS path,
        MAX(CASE WHEN name = 'Order Completed' THEN 1 ELSE 0 END) AS ordered
    FROM numbered
    GROUP BY session
)
SELECT path, COUNT(*) AS sessions, CAST(SUM(ordered) AS BIGINT) AS orders, SUM(COUNT(*)) OVER () AS whole
FROM ways
GROUP BY path
ORDER BY sessions DESC, path
LIMIT 50

-- How far visitors (or sessions: $within) get through $steps, in that order, from $since to before $until: one row a
-- step that anybody reached. hours: the median since the step before, of those who got here.
WITH RECURSIVE steps AS (
    SELECT UNNEST(RANGE(1, LEN(CAST($steps AS VARCHAR[])) + 1)) AS step, UNNEST(CAST($steps AS VARCHAR[])) AS name
), moments AS (
    SELECT CASE WHEN $within = 'session' THEN act.session ELSE act.visitor END AS unit, steps.step, act.place, act.time
    FROM act
    JOIN steps ON steps.name = act.name
    WHERE act.time >= $since AND act.time < $until AND ($within <> 'session' OR act.session > 0)
), reached AS (
    SELECT unit, CAST(1 AS BIGINT) AS step, MIN(place) AS place, ARG_MIN(time, place) AS time,
        CAST(NULL AS BIGINT) AS took
    FROM moments
    WHERE step = 1
    GROUP BY unit
    UNION ALL
    SELECT moments.unit, moments.step, MIN(moments.place), ARG_MIN(moments.time, moments.place),
        ARG_MIN(moments.time - reached.time, moments.place)
    FROM reached
    JOIN moments ON moments.unit = reached.unit AND moments.step = reached.step + 1 AND moments.place > reached.place
    GROUP BY moments.unit, moments.step
)
SELECT step, COUNT(*) AS who, MEDIAN(took) / 3600000.0 AS hours
FROM reached
GROUP BY step
ORDER BY step

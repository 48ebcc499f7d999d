-- What those did next who fell out of a funnel ($steps, $within, as in funnel): their first deed of another name after
-- the last step they reached; nothing where there was none. The commonest first.
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
), last AS (
    SELECT unit, MAX(step) AS step, MAX(place) AS place
    FROM reached
    GROUP BY unit
    HAVING MAX(step) < LEN(CAST($steps AS VARCHAR[]))
), later AS (
    SELECT last.unit, ARG_MIN(act.name, act.place) AS instead
    FROM last
    JOIN steps ON steps.step = last.step
    JOIN act ON CASE WHEN $within = 'session' THEN act.session ELSE act.visitor END = last.unit
        AND act.place > last.place AND act.name <> steps.name
    WHERE act.time >= $since AND act.time < $until
    GROUP BY last.unit
)
SELECT last.step, COALESCE(later.instead, '') AS instead, COUNT(*) AS who
FROM last
LEFT JOIN later ON later.unit = last.unit
GROUP BY 1, 2
ORDER BY last.step, who DESC, instead

-- Who falls out of a funnel ($steps, $within, as in funnel) after which step: by the device and the channel of the session
-- in which it was reached, and by whether that was her first session.
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
), furthest AS (
    SELECT unit, MAX(step) AS step FROM reached GROUP BY unit
), traits AS (
    SELECT reached.step, furthest.step = reached.step AS lost, visit.device, visit.channel,
        CASE WHEN visit.nth = 1 THEN 'first session' ELSE 'came before' END AS known
    FROM reached
    JOIN furthest ON furthest.unit = reached.unit
    JOIN act ON act.place = reached.place
    JOIN visit ON visit.session = act.session
    WHERE reached.step < LEN(CAST($steps AS VARCHAR[]))
), counted AS (
    SELECT step, 'device' AS trait, device AS value, lost FROM traits
    UNION ALL
    SELECT step, 'channel', channel, lost FROM traits
    UNION ALL
    SELECT step, 'visits', known, lost FROM traits
)
SELECT step, trait, value, COUNT(*) AS reached, COUNT(CASE WHEN lost THEN 1 END) AS lost
FROM counted
GROUP BY step, trait, value
ORDER BY step, trait, reached DESC, value
LIMIT 200

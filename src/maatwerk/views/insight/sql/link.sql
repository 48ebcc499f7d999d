-- Who owned a device when, from its sign-ins and sign-outs alone: the rules of views/profile/ownership.
-- A stretch lasts from "start" to before "until"; what came before the first sign-in is its owner's.
WITH moments AS (
    SELECT anonymous_id, time, "offset", CASE WHEN name = 'Signed Out' THEN '' ELSE user_id END AS user_id
    FROM event
    WHERE anonymous_id <> '' AND stitched AND (user_id <> '' OR name = 'Signed Out')
), changes AS (
    SELECT *,
        LAG(user_id) OVER (PARTITION BY anonymous_id ORDER BY time, "offset") AS before
    FROM moments
), stretches AS (
    SELECT anonymous_id, user_id, time, "offset",
        ROW_NUMBER() OVER (PARTITION BY anonymous_id ORDER BY time, "offset") AS number,
        LEAD(time) OVER (PARTITION BY anonymous_id ORDER BY time, "offset") AS until,
        LEAD(user_id) OVER (PARTITION BY anonymous_id ORDER BY time, "offset") AS after
    FROM changes
    WHERE before IS NULL OR before <> user_id
)
SELECT anonymous_id,
    CASE WHEN user_id <> '' THEN user_id ELSE COALESCE(after, '') END AS owner,
    CASE WHEN number = 1 THEN 0 ELSE time END AS start,
    COALESCE(until, 9223372036854775807) AS until
FROM stretches

-- Who owned a device when, from its sign-ins and sign-outs alone: the rules of views/profile/ownership.
-- A stretch holds the moments from (start, start_offset) to before (until, until_offset); a moment is a time
-- and the log offset, so that what happened in one millisecond stays in its order. Stretches that nobody
-- owned are not listed. What came before the first sign-in since a sign-out is its owner's.
WITH moments AS (
    SELECT anonymous_id, time, "offset", name = 'Signed Out' AS signs_out,
        CASE WHEN stitched THEN user_id ELSE '' END AS user_id
    FROM event
    WHERE anonymous_id <> '' AND ((stitched AND user_id <> '') OR name = 'Signed Out')
), epochs AS (
    SELECT anonymous_id, time, "offset", signs_out, user_id,
        COALESCE(SUM(CASE WHEN signs_out THEN 1 ELSE 0 END) OVER (
            PARTITION BY anonymous_id ORDER BY time, "offset"
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ), 0) AS epoch
    FROM moments
), ends AS (
    SELECT anonymous_id, epoch, time, "offset" FROM epochs WHERE signs_out
), sign_ins AS (
    SELECT anonymous_id, epoch, user_id, time, "offset",
        LAG(user_id) OVER (PARTITION BY anonymous_id, epoch ORDER BY time, "offset") AS before
    FROM epochs
    WHERE user_id <> ''
), stretches AS (
    SELECT anonymous_id, epoch, user_id, time, "offset", before IS NULL AS first,
        LEAD(time) OVER (PARTITION BY anonymous_id, epoch ORDER BY time, "offset") AS next_time,
        LEAD("offset") OVER (PARTITION BY anonymous_id, epoch ORDER BY time, "offset") AS next_offset
    FROM sign_ins
    WHERE before IS NULL OR before <> user_id
)
SELECT stretches.anonymous_id, stretches.user_id AS owner,
    CASE WHEN stretches.first THEN COALESCE(began.time, 0) ELSE stretches.time END AS start,
    CASE WHEN stretches.first THEN COALESCE(began."offset" + 1, 0) ELSE stretches."offset" END AS start_offset,
    COALESCE(stretches.next_time, ended.time, 9223372036854775807) AS until,
    CASE
        WHEN stretches.next_time IS NOT NULL THEN stretches.next_offset
        ELSE COALESCE(ended."offset" + 1, 0)
    END AS until_offset
FROM stretches
LEFT JOIN ends AS began
    ON began.anonymous_id = stretches.anonymous_id AND began.epoch = stretches.epoch - 1
LEFT JOIN ends AS ended
    ON ended.anonymous_id = stretches.anonymous_id AND ended.epoch = stretches.epoch

-- What shoppers did, one row an event, with the visitor who did it: the user that the device belonged to at
-- that moment, else the device ('u:' and 'a:' before the identifier). Left out: bots, what was denied for
-- analytics, what Maatwerk itself did, and what nobody is named for.
SELECT event."offset", event.time, event.name, event.origin, event.anonymous_id, event.user_id, event.proven, event.stitched,
    event.device, event.tracking, event.order_id, event.value_minor, event.currency,
    CASE
        WHEN event.anonymous_id = '' THEN 'u:' || event.user_id
        WHEN event.stitched AND link.owner IS NOT NULL THEN 'u:' || link.owner
        ELSE 'a:' || event.anonymous_id
    END AS visitor
FROM event
LEFT JOIN link ON link.anonymous_id = event.anonymous_id
    AND (event.time > link.start OR (event.time = link.start AND event."offset" >= link.start_offset))
    AND (event.time < link.until OR (event.time = link.until AND event."offset" < link.until_offset))
WHERE event.counted AND event.origin <> 'internal' AND (event.anonymous_id <> '' OR event.user_id <> '')

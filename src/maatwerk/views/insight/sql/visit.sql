-- Sessions, one row each, with what was done in it and how it began: the first deed's word on device, country,
-- store, channel and campaign. The channel is told by the campaign's medium, else by the host she came from.
WITH done AS (
    SELECT session, visitor, MIN(time) AS time, MAX(time) AS until, MIN("offset") AS least, COUNT(*) AS deeds,
        COUNT(CASE WHEN name = 'Product Viewed' THEN 1 END) AS views,
        COUNT(CASE WHEN name = 'Product Added' THEN 1 END) AS adds,
        COUNT(CASE WHEN name = 'Checkout Started' THEN 1 END) AS checkouts,
        COUNT(CASE WHEN name IN ('Products Searched', 'Product List Viewed') THEN 1 END) AS searches
    FROM act
    WHERE session > 0
    GROUP BY session, visitor
), first_deed AS (
    SELECT session, "offset", ROW_NUMBER() OVER (PARTITION BY session ORDER BY time, "offset") AS place
    FROM act
    WHERE session > 0
)
SELECT done.session, done.visitor, done.time, done.until, done.deeds, done.views, done.adds, done.checkouts,
    done.searches,
    COALESCE(NULLIF(event.device, ''), 'unknown') AS device,
    COALESCE(NULLIF(event.country, ''), 'unknown') AS country,
    event.store AS store,
    event.campaign AS campaign,
    CASE
        WHEN event.channel IN ('store', 'app') THEN event.channel
        WHEN event.medium IN ('email', 'e-mail', 'mail', 'newsletter') THEN 'e-mail'
        WHEN event.medium IN ('sms', 'push', 'affiliate', 'display') THEN event.medium
        WHEN event.medium IN ('cpc', 'ppc', 'paid', 'paidsearch', 'paid_search', 'cpm', 'ads', 'paid_social',
            'paid-social', 'paidsocial', 'shopping') THEN 'ads'
        WHEN event.medium IN ('social', 'social-media') THEN 'social'
        WHEN event.medium <> '' THEN event.medium
        WHEN event.campaign <> '' THEN 'campaign'
        WHEN regexp_matches(event.referrer, '(^|\.)(google|bing|duckduckgo|ecosia|yahoo|startpage|qwant)\.')
            THEN 'search engine'
        WHEN regexp_matches(event.referrer,
            '(^|\.)(facebook|instagram|pinterest|tiktok|youtube|linkedin|x|twitter|reddit)\.com$')
            OR event.referrer = 't.co' THEN 'social'
        WHEN event.referrer <> '' THEN 'referral'
        ELSE 'direct'
    END AS channel,
    ROW_NUMBER() OVER (PARTITION BY done.visitor ORDER BY done.time, done.session) AS nth
FROM done
JOIN first_deed ON first_deed.session = done.session AND first_deed.place = 1
JOIN event ON event."offset" = first_deed."offset"
ORDER BY done.time, done.session

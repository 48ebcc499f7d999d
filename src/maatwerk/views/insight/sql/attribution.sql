-- What each channel is credited with for the orders placed from $since to before $until, by ten rules, in minor units.
-- Touches are the customer's sessions begun in the $lookback ms up to the order; an order without one is 'none'.
-- U 40/20/40 (two touches 50/50), J 20/20/60 (25/75), inverse J 60/20/20 (75/25); time decay halves every $half_life ms;
-- own is $own[1] for the first, $own[2] for all between, $own[3] for the last. shapley: each order shared equally by its
-- different channels, the Shapley value of the game in which channels together are worth the orders they sufficed for.
WITH touches AS (
    SELECT sale."offset", sale.paid_minor, visit.channel, sale.time - visit.time AS age,
        ROW_NUMBER() OVER (PARTITION BY sale."offset" ORDER BY visit.time, visit.session) AS place,
        COUNT(*) OVER (PARTITION BY sale."offset") AS touches
    FROM sale
    JOIN visit ON visit.visitor = sale.visitor AND visit.time <= sale.time AND visit.time > sale.time - $lookback
    WHERE sale.time >= $since AND sale.time < $until AND sale.priced
), raw AS (
    SELECT "offset", paid_minor, channel, touches, place = 1 AS is_first, place = touches AS is_last,
        POWER(0.5, age / CAST($half_life AS DOUBLE)) AS decayed,
        CASE
            WHEN touches = 1 THEN 1.0
            WHEN place = 1 THEN CAST($own AS DOUBLE[])[1]
            WHEN place = touches THEN CAST($own AS DOUBLE[])[3]
            ELSE CAST($own AS DOUBLE[])[2] / (touches - 2)
        END AS own
    FROM touches
), weighed AS (
    SELECT "offset", paid_minor, channel, is_first, is_last, touches,
        decayed / SUM(decayed) OVER (PARTITION BY "offset") AS decayed,
        COALESCE(own / NULLIF(SUM(own) OVER (PARTITION BY "offset"), 0), 1.0 / touches) AS own
    FROM raw
), by_order AS (
    SELECT "offset", paid_minor, channel,
        SUM(CASE WHEN is_last THEN 1.0 ELSE 0 END) AS last,
        SUM(CASE WHEN is_first THEN 1.0 ELSE 0 END) AS first,
        SUM(1.0 / touches) AS linear,
        SUM(CASE WHEN touches = 1 THEN 1.0 WHEN touches = 2 THEN 0.5 WHEN is_first OR is_last THEN 0.4
            ELSE 0.2 / (touches - 2) END) AS u,
        SUM(CASE WHEN touches = 1 THEN 1.0 WHEN touches = 2 THEN CASE WHEN is_last THEN 0.75 ELSE 0.25 END
            WHEN is_last THEN 0.6 WHEN is_first THEN 0.2 ELSE 0.2 / (touches - 2) END) AS j,
        SUM(CASE WHEN touches = 1 THEN 1.0 WHEN touches = 2 THEN CASE WHEN is_first THEN 0.75 ELSE 0.25 END
            WHEN is_first THEN 0.6 WHEN is_last THEN 0.2 ELSE 0.2 / (touches - 2) END) AS inverse_j,
        SUM(decayed) AS decay, SUM(own) AS own,
        1.0 / COUNT(*) OVER (PARTITION BY "offset") AS shapley
    FROM weighed
    GROUP BY "offset", paid_minor, channel
), untouched AS (
    SELECT CAST(COALESCE(SUM(sale.paid_minor), 0) AS DOUBLE) AS paid_minor, COUNT(*) AS orders
    FROM sale
    LEFT JOIN (SELECT DISTINCT "offset" FROM touches) AS touched ON touched."offset" = sale."offset"
    WHERE sale.time >= $since AND sale.time < $until AND sale.priced AND touched."offset" IS NULL
)
SELECT channel, COUNT(*) AS orders,
    SUM(paid_minor * last) AS last, SUM(paid_minor * first) AS first, SUM(paid_minor * linear) AS linear,
    CAST(SUM(paid_minor) AS DOUBLE) AS participation, SUM(paid_minor * u) AS u, SUM(paid_minor * j) AS j,
    SUM(paid_minor * inverse_j) AS inverse_j, SUM(paid_minor * decay) AS decay, SUM(paid_minor * own) AS own,
    SUM(paid_minor * shapley) AS shapley
FROM by_order
GROUP BY channel
UNION ALL
SELECT 'none', orders, paid_minor, paid_minor, paid_minor, paid_minor, paid_minor, paid_minor, paid_minor, paid_minor,
    paid_minor, paid_minor
FROM untouched
WHERE orders > 0
ORDER BY shapley DESC, channel

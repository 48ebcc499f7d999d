-- Orders placed from $since to before $until by where they were sold, and how many of their customers had looked at the
-- shop online in the $lookback ms before: offline joined to online.
SELECT sale.channel, COUNT(*) AS orders, CAST(COALESCE(SUM(sale.paid_minor), 0) AS BIGINT) AS paid_minor,
    COUNT(CASE WHEN EXISTS (
        SELECT 1 FROM visit
        WHERE visit.visitor = sale.visitor AND visit.time <= sale.time AND visit.time > sale.time - $lookback
    ) THEN 1 END) AS looked_online
FROM sale
WHERE sale.time >= $since AND sale.time < $until
GROUP BY sale.channel
ORDER BY orders DESC, sale.channel

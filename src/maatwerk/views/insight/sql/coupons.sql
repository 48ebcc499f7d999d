-- Orders placed from $since to before $until by the coupon they were placed with ('' for none). usual: orders of customers
-- who had bought without any coupon or discount in the 180 days before.
SELECT sale.coupon, sale.discounted, COUNT(*) AS orders, COUNT(DISTINCT sale.visitor) AS customers,
    COUNT(CASE WHEN sale.nth = 1 THEN 1 END) AS first_orders,
    CAST(COALESCE(SUM(sale.paid_minor), 0) AS BIGINT) AS paid_minor,
    CAST(COALESCE(SUM(sale.discount_minor), 0) AS BIGINT) AS discount_minor,
    COUNT(CASE WHEN EXISTS (
        SELECT 1 FROM sale AS earlier
        WHERE earlier.visitor = sale.visitor AND NOT earlier.discounted AND earlier.time < sale.time
            AND earlier.time >= sale.time - 15552000000
    ) THEN 1 END) AS usual
FROM sale
WHERE sale.time >= $since AND sale.time < $until
GROUP BY sale.coupon, sale.discounted
ORDER BY orders DESC, sale.coupon, sale.discounted
LIMIT 200

-- What is bought together from $since to before $until: pairs of products in one order, with the orders of each and of all.
-- Orders of more than 60 different products are left out (a wholesaler's says little of taste); products in fewer than
-- $least orders too.
WITH orders AS (
    SELECT "offset", product
    FROM sold
    WHERE time >= $since AND time < $until
    QUALIFY COUNT(*) OVER (PARTITION BY "offset") <= 60
), known AS (
    SELECT product, COUNT(*) AS orders FROM orders GROUP BY product HAVING COUNT(*) >= $least
), kept AS (
    SELECT orders."offset", orders.product, known.orders FROM orders JOIN known ON known.product = orders.product
)
SELECT one.product AS first, other.product AS second, COUNT(*) AS together, one.orders AS first_orders,
    other.orders AS second_orders, (SELECT COUNT(DISTINCT "offset") FROM orders) AS all_orders
FROM kept AS one
JOIN kept AS other ON other."offset" = one."offset" AND other.product > one.product
GROUP BY one.product, other.product, one.orders, other.orders
HAVING COUNT(*) >= $least
ORDER BY together DESC, first, second
LIMIT 2000

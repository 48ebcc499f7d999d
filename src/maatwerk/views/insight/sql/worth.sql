-- What a customer has paid on average since her first order, in minor units of the reporting currency, over all of
-- the history, and how many customers that is.
SELECT COUNT(*) AS customers, CAST(AVG(paid_minor) AS DOUBLE) AS paid_minor, CAST(AVG(orders) AS DOUBLE) AS orders
FROM (
    SELECT visitor, SUM(paid_minor) AS paid_minor, COUNT(*) AS orders
    FROM sale
    WHERE priced
    GROUP BY visitor
)

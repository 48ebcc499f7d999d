-- Which visitor cares for which product, since $since: views, clicks, adds and purchases weighed as a taste is.
SELECT deed.visitor, line.sku,
    SUM(CASE line.name WHEN 'Product Viewed' THEN 1.0 WHEN 'Product Clicked' THEN 0.5
        WHEN 'Product Added' THEN 3.0 ELSE 5.0 END) AS mass
FROM line
JOIN deed ON deed."offset" = line."offset"
WHERE line.name IN ('Product Viewed', 'Product Clicked', 'Product Added', 'Order Completed')
    AND deed.stitched AND line.time > $since AND line.time <= $now
GROUP BY 1, 2
ORDER BY 1, 2
LIMIT 2000000

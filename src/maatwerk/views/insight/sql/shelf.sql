-- How often each product was viewed and put into a cart, one row a product (a variant stands for its product) and
-- UTC day since 1970. Bots and what was denied for analytics are left out.
SELECT CAST(FLOOR(line.time / 86400000.0) AS INTEGER) AS day, COALESCE(variant.product, line.sku) AS product,
    COUNT(CASE WHEN line.name = 'Product Viewed' THEN 1 END) AS views,
    COUNT(CASE WHEN line.name = 'Product Added' THEN 1 END) AS adds
FROM line
LEFT JOIN variant ON variant.sku = line.sku
WHERE line.counted AND line.name IN ('Product Viewed', 'Product Added')
GROUP BY 1, 2
ORDER BY 1, 2

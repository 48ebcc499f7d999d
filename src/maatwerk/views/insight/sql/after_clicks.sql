-- Revenue after clicks on personal elements, one row a period as in shop_figures: the order lines whose product
-- the same visitor had clicked, or put into the cart, on a personal element (with its tracking) in the 24 hours
-- before. A variant stands for its product: $variant_skus and $variant_products name them pairwise.
-- Lines at their price, before discounts on the order and shipping; each line counts once.
WITH variants AS (
    SELECT UNNEST(CAST($variant_skus AS VARCHAR[])) AS sku, UNNEST(CAST($variant_products AS VARCHAR[])) AS product
), periods AS (
    SELECT 1 AS period, CAST($since AS BIGINT) AS since, CAST($until AS BIGINT) AS until
    UNION ALL
    SELECT 0, CAST($before AS BIGINT), CAST($since AS BIGINT)
), touches AS (
    SELECT deed.visitor, deed.time, deed."offset", COALESCE(variants.product, line.sku) AS product
    FROM line
    JOIN deed ON deed."offset" = line."offset"
    LEFT JOIN variants ON variants.sku = line.sku
    WHERE line.name IN ('Product Clicked', 'Product Added') AND line.tracking <> ''
        AND line.time >= $before - 86400000 AND line.time < $until
), sold AS (
    SELECT purchase.order_id, purchase.visitor, purchase.time, purchase."offset",
        COALESCE(variants.product, line.sku) AS product, line.quantity * line.price_minor AS amount_minor
    FROM purchase
    JOIN line ON line."offset" = purchase."offset"
    LEFT JOIN variants ON variants.sku = line.sku
    WHERE line.currency = $currency AND purchase.time >= $before AND purchase.time < $until
), personal AS (
    SELECT sold.order_id, sold.time, sold.amount_minor
    FROM sold
    WHERE EXISTS (
        SELECT 1 FROM touches
        WHERE touches.visitor = sold.visitor AND touches.product = sold.product
            AND touches.time >= sold.time - 86400000
            AND (touches.time < sold.time OR (touches.time = sold.time AND touches."offset" < sold."offset"))
    )
)
SELECT periods.period,
    CAST(COALESCE(SUM(personal.amount_minor), 0) AS DOUBLE) AS revenue_minor,
    COUNT(DISTINCT personal.order_id) AS orders
FROM periods
LEFT JOIN personal ON personal.time >= periods.since AND personal.time < periods.until
GROUP BY periods.period
ORDER BY periods.period

-- What was sold, one row an order and product (a variant stands for its product): pieces, and their amount at their
-- price in minor units of $currency; returned are the pieces that a refund of the order names.
WITH returns AS (
    SELECT order_id, product, SUM(quantity) AS returned
    FROM (
        SELECT DISTINCT line.order_id, COALESCE(variant.product, line.sku) AS product, line.time, line.quantity
        FROM line
        LEFT JOIN variant ON variant.sku = line.sku
        WHERE line.name = 'Order Refunded' AND line.order_id <> ''
    )
    GROUP BY order_id, product
), lines AS (
    SELECT purchase."offset", purchase.order_id, purchase.time, COALESCE(variant.product, line.sku) AS product,
        SUM(line.quantity) AS quantity,
        COALESCE(SUM(CASE WHEN line.currency = $currency THEN line.quantity * line.price_minor END), 0) AS amount_minor
    FROM purchase
    JOIN line ON line."offset" = purchase."offset"
    LEFT JOIN variant ON variant.sku = line.sku
    GROUP BY purchase."offset", purchase.order_id, purchase.time, COALESCE(variant.product, line.sku)
)
SELECT lines."offset", lines.time, lines.product, lines.quantity, CAST(lines.amount_minor AS DOUBLE) AS amount_minor,
    LEAST(COALESCE(returns.returned, 0), lines.quantity) AS returned
FROM lines
LEFT JOIN returns ON returns.order_id = lines.order_id AND returns.product = lines.product
ORDER BY lines.time, lines."offset", lines.product

-- Orders, one row each (see purchase), by the visitor's number; nth counts a visitor's orders from her first.
-- Amounts in minor units of $currency, unknown for orders in another: paid_minor is what she paid, refunds taken
-- off; clicked_minor its lines (at their price) whose product she had clicked, or put into the cart, on a personal
-- element in the 24 hours before. A variant stands for its product (the table variant).
WITH touches AS (
    SELECT deed.visitor, deed.time, deed."offset", COALESCE(variant.product, line.sku) AS product
    FROM line
    JOIN deed ON deed."offset" = line."offset"
    LEFT JOIN variant ON variant.sku = line.sku
    WHERE line.name IN ('Product Clicked', 'Product Added') AND line.tracking <> ''
), lines AS (
    SELECT purchase."offset", purchase.visitor, purchase.time,
        COALESCE(variant.product, line.sku) AS product, line.quantity * line.price_minor AS amount_minor
    FROM purchase
    JOIN line ON line."offset" = purchase."offset"
    LEFT JOIN variant ON variant.sku = line.sku
    WHERE line.currency = $currency
), personal AS (
    SELECT lines."offset", SUM(lines.amount_minor) AS clicked_minor, COUNT(*) AS clicked
    FROM lines
    WHERE EXISTS (
        SELECT 1 FROM touches
        WHERE touches.visitor = lines.visitor AND touches.product = lines.product
            AND touches.time >= lines.time - 86400000
            AND (touches.time < lines.time OR (touches.time = lines.time AND touches."offset" < lines."offset"))
    )
    GROUP BY lines."offset"
)
SELECT purchase."offset", who.visitor, purchase.time,
    CAST(ROW_NUMBER() OVER (PARTITION BY who.visitor ORDER BY purchase.time, purchase."offset") AS INTEGER) AS nth,
    purchase.currency = $currency AND purchase.paid_minor IS NOT NULL AS priced,
    CAST(CASE WHEN purchase.currency = $currency THEN purchase.paid_minor END AS BIGINT) AS paid_minor,
    CAST(CASE WHEN purchase.currency = $currency THEN purchase.refunded_minor END AS BIGINT) AS refunded_minor,
    CAST(CASE WHEN purchase.currency = $currency THEN COALESCE(event.discount_minor, 0) END AS BIGINT)
        AS discount_minor,
    event.discounted, event.coupon, event.store,
    COALESCE(NULLIF(event.channel, ''), 'web') AS channel,
    CAST(COALESCE(personal.clicked_minor, 0) AS DOUBLE) AS clicked_minor,
    COALESCE(personal.clicked, 0) AS clicked
FROM purchase
JOIN who ON who.name = purchase.visitor
JOIN event ON event."offset" = purchase."offset"
LEFT JOIN personal ON personal."offset" = purchase."offset"
ORDER BY purchase.time, purchase."offset"

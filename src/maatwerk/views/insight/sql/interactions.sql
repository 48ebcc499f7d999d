-- What training reads: who did what to which product when, owners resolved at event time.
-- An actor is the user a device belonged to then, or the device; bots and what was denied are left out.
CREATE TEMP TABLE found AS
SELECT line.time, line."offset", line.sku, line.quantity, line.order_id,
    CASE line.name
        WHEN 'Product Viewed' THEN $view
        WHEN 'Product Clicked' THEN $click
        WHEN 'Product Added' THEN $add
        ELSE $purchase
    END AS kind,
    CASE
        WHEN line.user_id <> '' THEN 'u:' || line.user_id
        WHEN COALESCE(link.owner, '') <> '' THEN 'u:' || link.owner
        ELSE 'a:' || line.anonymous_id
    END AS actor_id
FROM line
LEFT JOIN link ON link.anonymous_id = line.anonymous_id
    AND (line.time > link.start OR (line.time = link.start AND line."offset" >= link.start_offset))
    AND (line.time < link.until OR (line.time = link.until AND line."offset" < link.until_offset))
WHERE line.counted AND line.time >= $since
    AND line.name IN ('Product Viewed', 'Product Clicked', 'Product Added', 'Order Completed')
    AND (line.anonymous_id <> '' OR line.user_id <> '');

CREATE TEMP TABLE skus AS
SELECT sku, ROW_NUMBER() OVER (ORDER BY sku) - 1 AS number FROM (SELECT DISTINCT sku FROM found);

CREATE TEMP TABLE actors AS
SELECT actor_id, ROW_NUMBER() OVER (ORDER BY actor_id) - 1 AS number FROM (SELECT DISTINCT actor_id FROM found);

CREATE TEMP TABLE orders AS
SELECT order_id, ROW_NUMBER() OVER (ORDER BY order_id) - 1 AS number
FROM (SELECT DISTINCT order_id FROM found WHERE kind = $purchase AND order_id <> '');

CREATE TEMP TABLE interactions AS
SELECT found.time, found.kind, actors.number AS actor, skus.number AS item,
    COALESCE(orders.number, -1) AS order_number, found.quantity, found."offset" AS number
FROM found
JOIN skus ON skus.sku = found.sku
JOIN actors ON actors.actor_id = found.actor_id
LEFT JOIN orders ON orders.order_id = found.order_id AND found.kind = $purchase

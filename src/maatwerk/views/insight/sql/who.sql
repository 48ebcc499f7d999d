-- Every visitor of whom anything happened gets a number: the other prepared tables name her by it alone, so that
-- they hold no identifier of anybody.
SELECT visitor AS name, CAST(ROW_NUMBER() OVER (ORDER BY visitor) AS INTEGER) AS visitor
FROM (SELECT DISTINCT visitor FROM deed)

-- Everything about orders
/* over
   two lines */
CREATE TABLE IF NOT EXISTS orders (
    id          INTEGER PRIMARY KEY,
    learner_id  UUID NOT NULL REFERENCES learners (id) ON DELETE CASCADE,
    amount      NUMERIC(12, 2) NOT NULL DEFAULT 0.00 CHECK (amount >= 0),
    status      VARCHAR(20) DEFAULT 'it''s new',
    created_at  TIMESTAMP,
    UNIQUE (learner_id, created_at)
);
CREATE INDEX orders_by_day ON orders (created_at DESC);
ALTER TABLE orders ADD COLUMN note TEXT;
DROP TABLE IF EXISTS old_orders;

INSERT INTO orders (learner_id, amount) VALUES ('a', 1.5), ('b', NULL);
UPDATE orders SET amount = amount * 1.1, status = 'paid' WHERE id = 7 AND status <> 'void';
DELETE FROM orders WHERE created_at < now() - INTERVAL '30 days';

WITH recent AS (
    SELECT o.learner_id, count(*) AS n, sum(o.amount) total
    FROM orders AS o
    LEFT JOIN learners l ON l.id = o.learner_id
    WHERE o.amount BETWEEN 10 AND 100 AND l.email LIKE '%@example.org'
    GROUP BY o.learner_id
    HAVING count(DISTINCT o.id) > 5
)
SELECT r.learner_id, round(total / n, 2) AS mean, coalesce(l.name, 'nobody') AS who,
       CASE WHEN n > 10 THEN 'many' WHEN n IS NULL THEN 'none' ELSE 'few' END AS kind,
       row_number() OVER (PARTITION BY kind ORDER BY total DESC) AS place
FROM recent r
INNER JOIN learners AS l ON l.id = r.learner_id
WHERE EXISTS (SELECT 1 FROM events e WHERE e.learner_id = l.id AND e.kind IN ('view', 'quiz'))
  AND NOT l.banned = TRUE
ORDER BY mean DESC, who ASC
LIMIT 10 OFFSET 20;

CREATE VIEW active AS SELECT DISTINCT learner_id FROM events WHERE kind = 'view' UNION ALL SELECT id FROM learners;
BEGIN;
COMMIT;

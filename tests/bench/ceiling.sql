\set number random(1, :count)
\set roll random(1, 100)
WITH k AS (SELECT id, environment FROM api_keys WHERE key_hash = :hash AND is_active),
l AS (
  SELECT l.id, l.status, l.expires_at, l.activation_limit, l.active_devices, l.features, c.email, p.uuid, p.name
  FROM k JOIN licenses l ON l.environment = k.environment
    AND l.license_key = CASE WHEN :roll <= 4 THEN 'NOBODY' ELSE :prefix || lpad((:number)::text, 7, '0') END
  JOIN products p ON p.id = l.product_id LEFT JOIN customers c ON c.id = l.customer_id
),
u AS (
  UPDATE activations a SET last_verified_at = now(), last_ip = '127.0.0.1' FROM l
  WHERE a.license_id = l.id AND a.status = 'active'
    AND a.identifier = CASE WHEN :roll BETWEEN 5 AND 8 THEN 'unknown' ELSE 'hw-' || lpad((:number)::text, 7, '0') END
    AND l.status = 'active' AND (l.expires_at IS NULL OR l.expires_at > now())
  RETURNING a.id, a.uuid, a.activated_at
),
d AS (
  SELECT CASE WHEN k.id IS NULL THEN 100 WHEN l.id IS NULL THEN 210 WHEN u.id IS NULL THEN 202 ELSE 200 END AS code,
    k.id AS api_key_id, k.environment, l.id AS license_id, l.email, l.name, l.features, u.activated_at
  FROM (SELECT) one LEFT JOIN k ON true LEFT JOIN l ON true LEFT JOIN u ON true
),
i AS (
  INSERT INTO request_log
    (at, environment, endpoint, code, status, api_key_id, license_id, key_start, ip, request_id, micros)
  SELECT now(), coalesce(environment, ''), 'verify', code, 200, api_key_id, license_id, 'BENCH', '127.0.0.1',
    gen_random_uuid()::text, 0 FROM d
)
SELECT * FROM d;

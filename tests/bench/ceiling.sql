-- The whole verification as one statement: what the gate reads, its verdict, its two writes, one round trip.
\set number random(1, :count)
\set roll random(1, 100)
WITH f AS (
  SELECT k.id AS key_id, k.uuid AS key_uuid, k.name AS key_name, k.environment, k.key_hash, k.is_active,
    k.expires_at AS key_expires_at, k.capabilities, k.ip_allow, k.rate_limit, k.default_product, k.profile,
    k.last_used_at, l.id AS license_id, l.uuid AS license_uuid, l.license_key, l.status, l.reserved, l.expires_at,
    l.assigned_at, l.created_at, l.activation_limit, l.active_devices, l.features, l.metadata, c.email, c.name,
    p.id AS product_id, p.uuid AS product_uuid, p.name AS product_name, p.status AS product_status, p.killed_at,
    p.signing_algorithm, p.identifier_required, p.offline_allowed, p.version, s.uuid AS pair, a.id AS device_id,
    a.uuid AS device_uuid, a.identifier, a.kind, a.activated_at, r.number
  FROM (SELECT 1 AS one) AS always
  LEFT JOIN api_keys k ON k.key_hash = :hash
  LEFT JOIN licenses l ON l.environment = k.environment
    AND l.license_key = CASE WHEN :roll <= 4 THEN 'NOBODY' ELSE :prefix || lpad((:number)::text, 7, '0') END
  LEFT JOIN customers c ON c.id = l.customer_id
  LEFT JOIN products p ON p.id = l.product_id
  LEFT JOIN key_pairs s ON s.holder = p.uuid::text AND s.archived_at IS NULL
  LEFT JOIN activations a ON a.license_id = l.id AND a.status = 'active'
    AND a.identifier = CASE WHEN :roll BETWEEN 5 AND 8 THEN 'unknown' ELSE 'hw-' || lpad((:number)::text, 7, '0') END
  LEFT JOIN revisions r ON r.topic = 'preferences'
),
u AS (
  UPDATE activations a SET last_verified_at = now(), last_ip = '127.0.0.1' FROM f
  WHERE a.id = f.device_id AND f.is_active AND f.status = 'active' AND f.killed_at IS NULL
    AND (f.expires_at IS NULL OR f.expires_at > now())
  RETURNING a.id
),
d AS (
  SELECT f.*, CASE WHEN key_id IS NULL THEN 100 WHEN license_id IS NULL THEN 210 WHEN u.id IS NULL THEN 202
    ELSE 200 END AS code
  FROM f LEFT JOIN u ON true
),
i AS (
  INSERT INTO request_log
    (at, environment, endpoint, code, status, api_key_id, license_id, key_start, ip, request_id, micros)
  SELECT now(), coalesce(environment, ''), 'verify', code, 200, key_id, license_id, 'BENCH', '127.0.0.1',
    gen_random_uuid()::text, 0 FROM d
)
SELECT * FROM d;

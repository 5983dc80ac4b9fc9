-- Two years of the audit trail (:events rows) and ninety days of the system log (:entries rows), as a vendor of
-- a million licenses would have them: 300,000 customers of whom some do much, 12 API keys, 20 admins. For psql.
SELECT setseed(0.5);
CREATE TEMP TABLE happens (number serial, share float, actor text, action text, subject text, everywhere boolean);
INSERT INTO happens (share, actor, action, subject, everywhere) VALUES
  (22, 'api_key', 'activation.created', 'activation', false), (16, 'customer', 'customer.signed_in', 'customer', true),
  (14, 'system', 'mail.sent', 'message', true), (8, 'api_key', 'activation.deleted', 'activation', false),
  (6, 'api_key', 'license.activated', 'license', false), (6, 'api_key', 'license.created', 'license', false),
  (5, 'api_key', 'license.assigned', 'license', false), (4, 'customer', 'customer.signed_out', 'customer', true),
  (3, 'system', 'license.expired', 'license', false), (2.5, 'customer', 'customer.downloaded', 'release', false),
  (2, 'customer', 'activation.deleted', 'activation', false), (2, 'customer', 'license.key_revealed', 'license', false),
  (2, 'admin', 'license.created', 'license', false), (2, 'admin', 'license.assigned', 'license', false),
  (1.5, 'system', 'customer.created', 'customer', true), (1.2, 'system', 'customer.signin_failed', 'customer', true),
  (0.8, 'admin', 'license.updated', 'license', false), (0.3, 'admin', 'license.suspended', 'license', false),
  (0.3, 'admin', 'license.key_revealed', 'license', false), (0.3, 'admin', 'admin.signed_in', 'admin', true),
  (0.3, 'system', 'webhook.failed', 'webhook', false), (0.2, 'admin', 'license.revoked', 'license', false),
  (0.2, 'customer', 'license.offline_issued', 'license', false), (0.1, 'admin', 'dashboard.viewed', 'admin', true),
  (0.1, 'admin', 'access.refused', 'admin', false), (0.05, 'api_key', 'contract.created', 'contract', false),
  (0.05, 'admin', 'generator.batch', 'generator', false), (0.05, 'system', 'job.failed', 'job', true),
  (0.02, 'admin', 'product.updated', 'product', false), (0.01, 'admin', 'settings.changed', 'settings', true),
  (0.01, 'system', 'retention.purged', 'retention', false), (0.002, 'admin', 'api_key.created', 'api_key', false),
  (0.001, 'admin', 'release.published', 'release', false);
CREATE TEMP TABLE reach AS
  SELECT array_agg(upto ORDER BY number) AS steps
  FROM (SELECT number, sum(share) OVER (ORDER BY number) / sum(share) OVER () AS upto FROM happens) s;

INSERT INTO audit_events (uuid, at, action, environment, actor_kind, actor_id, actor_label, subject_kind, subject_id,
  customer_uuid, license_uuid, changes, note, sealed, request_id, ip)
SELECT gen_random_uuid(), at, action,
  CASE WHEN everywhere THEN '' WHEN dice < 0.93 THEN 'production' WHEN dice < 0.97 THEN 'staging' ELSE 'development' END,
  actor,
  CASE actor WHEN 'api_key' THEN md5('key' || floor(12 * dice * dice))::uuid::text WHEN 'customer' THEN customer::text
    WHEN 'admin' THEN md5('admin' || floor(20 * dice * dice))::uuid::text ELSE '' END,
  CASE actor WHEN 'api_key' THEN 'Shop' WHEN 'system' THEN 'worker' ELSE '' END,
  subject,
  CASE subject WHEN 'customer' THEN customer WHEN 'license' THEN license
    WHEN 'activation' THEN md5('device' || floor(2000000 * dice))::uuid
    WHEN 'message' THEN md5('message' || drawn.number)::uuid ELSE md5(subject || floor(30 * dice * dice))::uuid END::text,
  CASE WHEN subject IN ('customer', 'license', 'activation', 'message') THEN customer END,
  CASE WHEN subject IN ('license', 'activation') THEN license END,
  CASE WHEN subject IN ('license', 'activation')
    THEN '{"key": "PRO-ABCD", "product": "Pro App", "status": ["assigned", "active"]}'::jsonb ELSE '{}' END,
  '', CASE WHEN actor = 'customer' OR subject = 'activation' THEN :'sealed' ELSE '' END,
  gen_random_uuid()::text, CASE actor WHEN 'admin' THEN '198.51.100.7' ELSE '' END
FROM (
  SELECT number, random() AS dice, md5('customer' || floor(300000 * power(random(), 2)))::uuid AS customer,
    md5('license' || floor(1000000 * random()))::uuid AS license,
    now() - interval '730 days' * (1 - number::float / :events) AS at,
    width_bucket(random(), (SELECT steps FROM reach)) + 1 AS chosen
  FROM generate_series(1, :events) number
) drawn JOIN happens ON happens.number = drawn.chosen
ORDER BY drawn.number;

TRUNCATE happens RESTART IDENTITY;
ALTER TABLE happens ADD level int, ADD category text, ADD message text;
INSERT INTO happens (share, actor, category, action, level, message, subject, everywhere) VALUES
  (84, 'api_key', 'api', 'api_call', 20, '', 'license', false),
  (3, 'api_key', 'api', 'activate_license', 20, '', 'license', false),
  (2.5, 'api_key', 'api', 'api_call', 30, 'No activation found for this license key/identifier combination', 'license', false),
  (1, 'api_key', 'api', 'api_call', 30, 'License key expired', 'license', false),
  (2, 'system', 'jobs', 'job_completed', 20, 'A job was completed', 'job', true),
  (2, 'system', 'jobs', 'job_queued', 20, 'A job was queued', 'job', true),
  (1.5, 'system', 'webhooks', 'webhook_sent', 20, 'A webhook was sent', 'webhook', false),
  (0.3, 'system', 'webhooks', 'webhook_sent', 40, 'A webhook failed', 'webhook', false),
  (1.2, 'customer', 'portal', 'login', 20, 'Signed in to the Client Portal', 'customer', true),
  (0.3, 'system', 'portal', 'login_failed', 30, 'Sign-in failed', 'customer', true),
  (0.8, 'admin', 'dashboard', 'update_license', 20, 'License changed', 'license', false),
  (0.5, 'admin', 'dashboard', 'create_license', 20, 'License created', 'license', false),
  (0.1, 'admin', 'dashboard', 'login', 20, 'Admin signed in', 'admin', true),
  (0.1, 'admin', 'dashboard', 'view_dashboard', 20, 'Dashboard viewed', 'admin', true),
  (0.5, 'api_key', 'blocked', 'api_call', 30, 'Too many requests', '', false),
  (0.2, 'system', 'system', 'update_license', 20, 'License expired', 'license', false),
  (0.01, 'system', 'jobs', 'job_failed', 40, 'Job failed', 'job', true),
  (0.005, 'system', 'system', 'server_error', 40, 'The server failed', '', true);
TRUNCATE reach;
INSERT INTO reach
  SELECT array_agg(upto ORDER BY number)
  FROM (SELECT number, sum(share) OVER (ORDER BY number) / sum(share) OVER () AS upto FROM happens) s;
INSERT INTO log_entries (uuid, at, environment, level, category, action, message, resource_kind, resource_id, user_kind,
  user_id, user_label, ip, license_start, key_start, license_id, request_id, context)
SELECT gen_random_uuid(), at,
  CASE WHEN everywhere THEN '' WHEN dice < 0.93 THEN 'production' WHEN dice < 0.97 THEN 'staging' ELSE 'development' END,
  level, category, action, message, subject,
  CASE WHEN subject <> '' AND category <> 'api' THEN md5(subject || floor(100000 * dice))::uuid::text ELSE '' END,
  actor,
  CASE actor WHEN 'api_key' THEN md5('key' || floor(12 * dice * dice))::uuid::text
    WHEN 'customer' THEN md5('customer' || floor(300000 * dice))::uuid::text
    WHEN 'admin' THEN md5('admin' || floor(20 * dice * dice))::uuid::text ELSE '' END,
  CASE actor WHEN 'api_key' THEN 'Shop' WHEN 'system' THEN 'worker' ELSE '' END,
  CASE WHEN actor = 'system' THEN '' ELSE '203.0.' || floor(200 * dice) || '.' || floor(250 * other) END,
  CASE WHEN subject = 'license' THEN 'PRO-' || upper(substr(md5(floor(60000 * other)::text), 1, 4)) ELSE '' END,
  CASE WHEN category = 'blocked' THEN 'kt_live_' || substr(md5(floor(50 * dice)::text), 1, 6) ELSE '' END,
  CASE WHEN category = 'api' THEN floor(1000000 * other) END, gen_random_uuid()::text,
  '{"endpoint": "verify", "method": "POST", "status": 200, "code": 200, "milliseconds": 2.4}'::jsonb
FROM (
  SELECT number, random() AS dice, random() AS other,
    now() - interval '90 days' * (1 - number::float / :entries) AS at,
    width_bucket(random(), (SELECT steps FROM reach)) + 1 AS chosen
  FROM generate_series(1, :entries) number
) drawn JOIN happens ON happens.number = drawn.chosen
ORDER BY drawn.number;

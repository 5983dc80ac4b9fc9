"""Django's settings. Values come from the environment (prefix KEYTURN_); see docs/operations.md."""

from pathlib import Path

from keyturn.config import database, staticfiles
from keyturn.config.env import data_dir, env, kept_secret
from keyturn.core import logs

PACKAGE = Path(__file__).resolve().parent.parent
DATA_DIR = data_dir()

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = kept_secret("SECRET_KEY", DATA_DIR)
ENCRYPTION_KEYS = [key.strip() for key in kept_secret("ENCRYPTION_KEYS", DATA_DIR).split(",")]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"])
PUBLIC_URL = env.str("PUBLIC_URL", default="")
# Where the web server listens, as its commands pass it on; for links while no public address is set.
LOCAL_URL = env.str("LOCAL_URL", default="")
# For development and tests: callbacks and webhooks may go to http:// and to private addresses.
ALLOW_LOCAL_CALLS = env.bool("ALLOW_LOCAL_CALLS", default=False)
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
# Where they may speak from: a caller from elsewhere who reaches this server directly is not believed.
PROXY_NETWORKS = env.list(
    "PROXY_NETWORKS",
    default=["127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
)
DOWNLOADS_AT_ONCE = env.int("DOWNLOADS_AT_ONCE", default=max(1, env.int("WEB_THREADS", default=8) // 2))
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []
_TLS = PUBLIC_URL.startswith("https://")
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

_POOLED = env.bool("DATABASE_POOLED", default=False)
DATABASES = {"default": database.configure(env.str("DATABASE_URL", default=""), DATA_DIR, pooled=_POOLED)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_cotton.apps.SimpleAppConfig",
    "django_htmx",
    "keyturn.platform.audit",
    "keyturn.platform.jobs",
    "keyturn.platform.logs",
    "keyturn.platform.pictures",
    "keyturn.platform.preferences",
    "keyturn.platform.mail",
    "keyturn.platform.webhooks",
    "keyturn.platform.notifications",
    "keyturn.people.admins",
    "keyturn.people.customers",
    "keyturn.people.apikeys",
    "keyturn.people.signin",
    "keyturn.licensing.signing",
    "keyturn.licensing.products",
    "keyturn.licensing.changelog",
    "keyturn.licensing.generators",
    "keyturn.licensing.contracts",
    "keyturn.licensing.licenses",
    "keyturn.licensing.offline",
    "keyturn.licensing.telemetry",
    "keyturn.licensing.releases",
    "keyturn.licensing.abuse",
    "keyturn.operations.imports",
    "keyturn.operations.analytics",
    "keyturn.operations.privacy",
    "keyturn.operations.retention",
    "keyturn.operations.evidence",
    "keyturn.api",
    "keyturn.portals.ui",
    "keyturn.portals.admin",
    "keyturn.portals.client",
    "keyturn.portals.public",
]

MIDDLEWARE = [
    "keyturn.config.middleware.NameRoute",
    "django.middleware.security.SecurityMiddleware",
    "keyturn.config.middleware.ContentSecurityPolicy",
    "keyturn.config.middleware.NothingKept",
    "keyturn.config.staticfiles.StaticFiles",
    "keyturn.config.middleware.PortalSessions",
    "keyturn.people.signin.middleware.CustomerSessions",
    "keyturn.config.middleware.Visits",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "keyturn.config.urls"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["django_cotton.cotton_loader.Loader", "django.template.loaders.app_directories.Loader"],
                )
            ],
            "builtins": ["django_cotton.templatetags.cotton"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "keyturn.portals.admin.frame.shell",
                "keyturn.portals.public.views.branding",
            ],
        },
    }
]

# Log entries are written by a thread after the request. Tests write them when they look.
LOG_IN_BACKGROUND = True

# How long a job stays with a worker that does not report; must outlast a pause of the machine.
JOB_LEASE_SECONDS = env.float("JOB_LEASE_SECONDS", default=60)

# An MMDB file with the countries of addresses, for abuse detection.
COUNTRY_DATABASE = env.str("COUNTRY_DATABASE", default="")
SENDMAIL = env.str("SENDMAIL", default="/usr/sbin/sendmail")

AUTH_USER_MODEL = "admins.Admin"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.BCryptSHA256PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "admin:sign_in"

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _TLS
CSRF_COOKIE_NAME = "keyturn_csrf"
CSRF_FAILURE_VIEW = "keyturn.portals.ui.errors.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if _TLS else 0
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Uploads. They are answered by views that ask for permission, never from an address of their own.
MEDIA_ROOT = DATA_DIR / "files"
STATIC_URL = staticfiles.ROOT if DEBUG else staticfiles.address(PACKAGE)
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

LOG_FORMAT = env.str("LOG_FORMAT", default="text")
# A line for each request; text is read by people, whom thousands of them would not help.
LOG_REQUESTS = env.bool("LOG_REQUESTS", default=LOG_FORMAT == "json")
LOGGING = logs.configuration(LOG_FORMAT, env.str("LOG_LEVEL", default="INFO"))
# Who may read /metrics from elsewhere than this machine.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

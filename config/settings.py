"""Settings: embedded by default, production by environment variables alone.

The table of variables stands in README.md; `config.production` refuses what must not reach production.
"""

from pathlib import Path

import environ
from django.utils.csp import CSP

from config.production import refuse_demo_settings

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

PRODUCTION = env.str("DJANGO_ENV", "demo") == "production"
VAR_DIR = Path(env.str("MINFU_VAR", str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)

SECRET_KEY = env.str("SECRET_KEY", "demo-only-secret-that-production-refuses-0123456789")
# Field encryption and keyed hashes: comma-separated, newest first, so that keys can be rotated.
FIELD_KEYS = env.list("FIELD_KEYS", default=["demo-only-field-key-that-production-refuses"])
HASH_KEY = env.str("HASH_KEY", "demo-only-hash-key-that-production-refuses")
# The Ed25519 key that signs the audit trail (64 hex digits), and public keys that signed earlier heads.
AUDIT_SIGNING_KEY = env.str("AUDIT_SIGNING_KEY", "")
AUDIT_RETIRED_KEYS = env.list("AUDIT_RETIRED_KEYS", default=[])
# Where signed heads are kept: best a place that the owner of the database can't write to.
AUDIT_HEADS_DIR = env.str("AUDIT_HEADS_DIR", str(VAR_DIR / "heads"))
DEBUG = env.bool("DEBUG", False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else ["*"])
BASE_URL = env.str("BASE_URL", "http://127.0.0.1:8000")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Addresses and networks of our own proxies: only what they say of where a request came from is believed.
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])

INSTALLED_APPS = [
    "config",
    "cms",
    "evaluations",
    "incubator",
    "contracts",
    "marketplace.tenders",
    "marketplace.vouchers",
    "marketplace.consultations",
    "marketplace.payments",
    "marketplace.directory",
    "marketplace.residents",
    "marketplace.ledger",
    "marketplace.messages",
    "marketplace.redflags",
    "marketplace.papers",
    "marketplace.parties",
    "marketplace.audit",
    "marketplace.rules",
    "marketplace.search",
    "marketplace.opendata",
    "marketplace.pages",
    "wagtail.contrib.forms",
    "wagtail.contrib.redirects",
    "wagtail.contrib.simple_translation",
    "wagtail.contrib.typed_table_block",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail.locales",
    "wagtail",
    "modelcluster",
    "taggit",
    "axes",
    "django_fsm",
    "django_htmx",
    "bootstrap",
    "django_prometheus",
    "django_tasks_db",
    "ninja",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",  # what its checks ask of whoever has a GIN index; idle on SQLite
    "django.contrib.sessions",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "config.middleware.ClientAddressMiddleware",
    "config.middleware.ProgramCalls",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "config.middleware.EditorsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "config.middleware.RequestSizeMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "marketplace.parties.middleware.OrganisationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.shell",
            ],
            "builtins": ["marketplace.pages.templatetags.pages"],
        },
    }
]

# Database: SQLite in WAL mode with immediate transactions, or whatever DATABASE_URL names.
if env.str("DATABASE_URL", ""):
    DATABASES = {"default": env.db("DATABASE_URL")}
    DATABASES["default"] |= {"CONN_MAX_AGE": env.int("CONN_MAX_AGE", 60), "CONN_HEALTH_CHECKS": True}
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": VAR_DIR / "minfu.sqlite3",
            "TEST": {"NAME": VAR_DIR / "test.sqlite3"},  # a file: tests/databases.py copies it
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
            },
        }
    }

if env.str("REDIS_URL", ""):
    CACHES = {"default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": env.str("REDIS_URL")}}
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "minfu"}}

LONGEST_TASK_SECONDS = env.int("LONGEST_TASK_SECONDS", 1800)  # what has run longer has lost its worker
TASKS_KEPT_DAYS = 30  # after they were done or given up
JANITOR_SECONDS = 30
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
if env.str("CELERY_BROKER_URL", ""):
    TASKS = {
        "default": {"BACKEND": "django_tasks_celery.CeleryBackend", "OPTIONS": {"CELERY_APP": "config.celery.app"}}
    }
    CELERY_BROKER_URL = env.str("CELERY_BROKER_URL")
    CELERY_RESULT_BACKEND = env.str("CELERY_RESULT_BACKEND", CELERY_BROKER_URL)
    CELERY_TASK_DEFAULT_QUEUE = "default"
    CELERY_TASK_ACKS_LATE = True
    CELERY_TASK_REJECT_ON_WORKER_LOST = True
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 4 * LONGEST_TASK_SECONDS}
    CELERY_WORKER_PREFETCH_MULTIPLIER = 1
else:
    TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}

# Text messages: to an operator's gateway, or without its address to a folder (marketplace/messages/gateways.py).
SMS_GATEWAY_URL = env.str("SMS_GATEWAY_URL", "")
SMS_GATEWAY = env.str(
    "SMS_GATEWAY", f"marketplace.messages.gateways.{'HttpGateway' if SMS_GATEWAY_URL else 'FileGateway'}"
)
SMS_GATEWAY_TOKEN = env.str("SMS_GATEWAY_TOKEN", "")

EMAIL_FROM = env.str("EMAIL_FROM", "民福 <no-reply@minfu.example>")
DEFAULT_FROM_EMAIL = EMAIL_FROM
if env.str("EMAIL_URL", ""):
    _mail = env.email_url("EMAIL_URL")
    MAILERS = {
        "default": {
            "BACKEND": _mail["EMAIL_BACKEND"],
            "OPTIONS": {
                "host": _mail["EMAIL_HOST"],
                "port": _mail["EMAIL_PORT"],
                "username": _mail["EMAIL_HOST_USER"],
                "password": _mail["EMAIL_HOST_PASSWORD"],
                "use_tls": _mail.get("EMAIL_USE_TLS", False),
                "use_ssl": _mail.get("EMAIL_USE_SSL", False),
            },
        }
    }
else:
    MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "OPTIONS": {"file_path": str(VAR_DIR / "mail")},
        }
    }

MEDIA_ROOT = VAR_DIR / "media"
MEDIA_URL = "/media/"
STATIC_ROOT = VAR_DIR / "static"
STATIC_URL = "/static/"
STORAGES: dict[str, dict[str, object]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
if env.str("S3_BUCKET", ""):
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {"bucket_name": env.str("S3_BUCKET"), "endpoint_url": env.str("S3_ENDPOINT", None)},
    }
WHITENOISE_USE_FINDERS = not PRODUCTION
if not PRODUCTION:
    STATIC_ROOT.mkdir(exist_ok=True)  # whitenoise warns of a missing one, though the finders serve

# Who signs in
AUTH_USER_MODEL = "parties.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "marketplace.parties.backends.PhoneOrEmailBackend",
    "marketplace.parties.backends.RoleBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "parties:sign_in"
LOGIN_REDIRECT_URL = "desk"
LOGOUT_REDIRECT_URL = "/"
PASSWORD_RESET_TIMEOUT = env.int("PASSWORD_RESET_SECONDS", 24 * 3600)
AXES_FAILURE_LIMIT = env.int("SIGN_IN_FAILURES", 10)
SIGN_IN_FAILURES_ANYWHERE = env.int("SIGN_IN_FAILURES_ANYWHERE", 50)  # of one name, over all addresses
SIGN_IN_FAILURES_OF_AN_ADDRESS = env.int("SIGN_IN_FAILURES_OF_AN_ADDRESS", 200)  # over all names
AXES_HANDLER = "marketplace.parties.doorkeeper.Doorkeeper"
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_SENSITIVE_PARAMETERS = ["username"]
AXES_USERNAME_FORM_FIELD = "username"  # what authenticate() is given; the model's own field would count nobody
AXES_USERNAME_CALLABLE = "marketplace.parties.backends.name_counted"
AXES_LOCKOUT_TEMPLATE = "parties/locked_out.html"

# Language and time
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
WAGTAIL_I18N_ENABLED = True
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
WAGTAIL_SITE_NAME = "民福"
WAGTAILADMIN_BASE_URL = BASE_URL
WAGTAILADMIN_LOGIN_URL = "parties:sign_in"
# Accounts have one door, whose changes are on record: Wagtail's own pages for passwords and addresses are closed.
WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAILDOCS_EXTENSIONS = ["csv", "docx", "pdf", "xlsx"]
WAGTAILSIMPLETRANSLATION_SYNC_PAGE_TREE = True

# What a browser may do
SECURE_CSP = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF, CSP.NONCE],
    "img-src": [CSP.SELF, "data:", "blob:"],
    "connect-src": [CSP.SELF],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = env.int("SESSION_SECONDS", 12 * 3600)
SECURE_REFERRER_POLICY = "same-origin"
if PRODUCTION:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = env.bool("SSL_REDIRECT", True)
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

CSRF_FAILURE_VIEW = "config.errors.csrf_failed"
# W002, W003: they look for Django's own classes and not for ours, which are made of them (config.middleware);
# tests/config/test_production.py holds both. W021: whether all of a city's names go into the browsers' own list of
# HTTPS hosts, for good, is the city's to say.
SILENCED_SYSTEM_CHECKS = ["security.W002", "security.W003", "security.W021"]

# Uploads: one request may carry at most this; single files are limited where they are asked for.
MOST_REQUEST_BYTES = env.int("MOST_REQUEST_BYTES", 100 * 1024 * 1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = 30 * 1024 * 1024
# What does not fit in memory is spooled encrypted: a bid on its way in must not lie in the clear anywhere.
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "marketplace.pages.uploadhandlers.EncryptedUploadHandler",
]
FILE_UPLOAD_PERMISSIONS = 0o640

# Argon2id of the custodians' passphrases: how many passes and how many bytes (libsodium "moderate" by default).
CUSTODIAN_OPSLIMIT = env.int("CUSTODIAN_OPSLIMIT", 3)
CUSTODIAN_MEMLIMIT = env.int("CUSTODIAN_MEMLIMIT", 64 * 1024 * 1024)

CITY_NAME = env.str("CITY_NAME", "太仓市")
CITY_NAME_EN = env.str("CITY_NAME_EN", "" if "CITY_NAME" in env.ENVIRON else "Taicang")

# Seals, receipts, open data: private keys are files and variables, never rows (marketplace/papers/authority.py).
SEAL_DIR = env.str("SEAL_DIR", str(VAR_DIR / "keys" / "seals"))
SEAL_PASSPHRASE = env.str("SEAL_PASSPHRASE", "demo-only-seal-passphrase")
SEAL_AUTHORITIES = env.str("SEAL_AUTHORITIES", str(VAR_DIR / "keys" / "seals" / "authority.pem"))
# A device with the organisations' keys: its PKCS#11 library, the label of the token, its PIN; empty: none.
SEAL_PKCS11_MODULE = env.str("SEAL_PKCS11_MODULE", "")
SEAL_PKCS11_TOKEN = env.str("SEAL_PKCS11_TOKEN", "minfu")
SEAL_PKCS11_PIN = env.str("SEAL_PKCS11_PIN", "")
# A time-stamp authority (RFC 3161) whose stamp goes into every seal (PAdES B-T); empty: none.
SEAL_TIMESTAMP_URL = env.str("SEAL_TIMESTAMP_URL", "")
RECEIPT_KEYS = env.list("RECEIPT_KEYS", default=[])
OCID_PREFIX = env.str("OCID_PREFIX", "ocds-minfu1")

# Which channels may carry payments. The bank file is always possible; Stripe needs its key and its webhook's secret.
PAYMENT_CHANNELS = env.list("PAYMENT_CHANNELS", default=["bank_file"])
# A folder from which the bank's own program takes files (银企直连前置机); empty: an officer downloads them.
BANK_OUTBOX_DIR = env.str("BANK_OUTBOX_DIR", "")
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", "")
STRIPE_WEBHOOK_SECRETS = env.list("STRIPE_WEBHOOK_SECRETS", default=[])  # several while one takes over from another
STRIPE_API_BASE = env.str("STRIPE_API_BASE", "https://api.stripe.com")
STRIPE_TIMEOUT_SECONDS = env.int("STRIPE_TIMEOUT_SECONDS", 20)
STRIPE_WEBHOOK_TOLERANCE_SECONDS = env.int("STRIPE_WEBHOOK_TOLERANCE_SECONDS", 300)
STRIPE_COUNTRY = env.str("STRIPE_COUNTRY", "CN")
STRIPE_METHODS = env.list("STRIPE_METHODS", default=["card", "alipay", "wechat_pay"])
# Gifts to organisations on their public pages: only where Stripe is on.
DONATIONS = env.bool("DONATIONS", False)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "config.logs.DiscreetFormatter",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "WARNING")},
}

if PRODUCTION:
    refuse_demo_settings(
        secret_key=SECRET_KEY,
        field_keys=FIELD_KEYS,
        hash_key=HASH_KEY,
        audit_signing_key=AUDIT_SIGNING_KEY,
        debug=DEBUG,
        allowed_hosts=ALLOWED_HOSTS,
        database_engine=DATABASES["default"]["ENGINE"],
        seal_dir=SEAL_DIR,
        seal_passphrase=SEAL_PASSPHRASE,
        seal_authorities=SEAL_AUTHORITIES,
        receipt_keys=RECEIPT_KEYS,
        base_url=BASE_URL,
        mail_server=env.str("EMAIL_URL", ""),
        sms_gateway=SMS_GATEWAY,
        sms_gateway_url=SMS_GATEWAY_URL,
    )

"""Django settings; what differs between installations comes from portal/conf.py."""

from typing import Any

from csp.constants import NONE, SELF

from portal import conf
from portal.notices import email_url

CERTHALL = conf.load()
BASE_DIR = conf.BASE_DIR

SECRET_KEY = CERTHALL.django_secret_key
DEBUG = False  # our own error pages, in development as well: nobody should meet them first in production
ALLOWED_HOSTS = ["*"] if not CERTHALL.is_production else CERTHALL.allowed_hosts

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",  # its widgets' templates, which templates/django/forms/ overrides
    "django_otp",
    "django_htmx",
    "captcha",
    "csp",
    "django_q",
    "rest_framework",
    "portal.tenants",
    "portal.accounts",
    "portal.audit",
    "portal.vault",
    "portal.jobs",
    "portal.files",
    "portal.notices",
    "portal.ui",
    "payments",
    "renewals",
]

MIDDLEWARE = [
    "csp.middleware.CSPMiddleware",  # outermost: what the others refuse carries the policy, too
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.ui.old_browsers.OldBrowserMiddleware",
    "portal.tenants.middleware.TenantMiddleware",
    "portal.accounts.middleware.TenantSessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "portal.accounts.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.ui.middleware.ErrorMiddleware",
    "portal.accounts.middleware.AccessMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.ui.context.page",
            ],
        },
    }
]
FORM_RENDERER = "portal.ui.forms.FormRenderer"


def _database() -> dict[str, Any]:
    if CERTHALL.database_url:
        from portal.tenants.database import postgresql  # noqa: PLC0415  psycopg only where it is wanted

        return postgresql(
            CERTHALL.database_url, app_role=CERTHALL.database_app_role, owner_url=CERTHALL.owner_database_url
        )
    CERTHALL.data_dir.mkdir(parents=True, exist_ok=True)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": CERTHALL.data_dir / "certhall.sqlite3",
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-16000;"
                "PRAGMA secure_delete=ON;"  # a destroyed key leaves no copy in a free page
            ),
        },
    }


# Uploads stay in memory until the gate has sealed them: Django's own handler would write them to a disk, plain.
FILE_UPLOAD_HANDLERS = ["portal.files.uploads.MemoryUploadHandler"]
DATA_UPLOAD_MAX_NUMBER_FILES = 20  # RULES A15

DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "django_cache",
    },
    # django-q2 notes its status twice a second: not in the database
    "workers": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["portal.accounts.backends.TenantBackend"]
SESSION_ENGINE = "portal.accounts.sessions"
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # user names are unique per tenant, and looked up inside one
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文")]  # English joins when its catalogue does: half a page in each is worse
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = CERTHALL.data_dir / "staticfiles"
WHITENOISE_USE_FINDERS = not CERTHALL.is_production
if not CERTHALL.is_production:
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # empty: the finders serve; whitenoise warns when it is missing

CSRF_FAILURE_VIEW = "portal.ui.errors.csrf_failure"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = CERTHALL.is_production
SECURE_SSL_REDIRECT = CERTHALL.is_production
SECURE_HSTS_SECONDS = 31_536_000 if CERTHALL.is_production else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

_BRIDGE = [CERTHALL.bridge_url, CERTHALL.bridge_url.replace("http:", "ws:")]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF, *_BRIDGE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}

_EMAIL = email_url.parse(CERTHALL.email_url)
EMAIL_BACKEND = _EMAIL.backend
EMAIL_HOST, EMAIL_PORT = _EMAIL.host, _EMAIL.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _EMAIL.user, _EMAIL.password
EMAIL_USE_TLS, EMAIL_USE_SSL = _EMAIL.use_tls, _EMAIL.use_ssl
EMAIL_TIMEOUT = 15  # seconds; well inside a job's lease
DEFAULT_FROM_EMAIL = SERVER_EMAIL = _EMAIL.from_email

Q_CLUSTER = {
    "name": "certhall",
    "orm": "default",
    "workers": 3,  # one slow outside service holds up one of them
    "cache": "workers",
    "scheduler": False,  # portal.jobs has its own clock
    "timeout": 120,
    "retry": 180,
    "max_attempts": 1,  # the outbox retries; django-q2 only rings
    "bulk": 20,
    "save_limit": -1,
    "poll": 0.2,
    "catch_up": False,
    "label": "后台任务",
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"weasyprint": {"level": "WARNING"}, "httpx": {"level": "WARNING"}, "django-q": {"level": "WARNING"}},
}

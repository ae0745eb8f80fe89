"""Django's settings, made from the workspace: its kequn.toml, its keys, and the environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONE, SELF

from kequn.bank.tokens import secret_key
from kequn.engage.logs import logging_for
from kequn.workspace import Workspace

WORKSPACE = Workspace.open()
HERE = Path(__file__).parent
_OURS = WORKSPACE.settings
HTTPS = _OURS.flag("console.https")

SECRET_KEY = secret_key(WORKSPACE, "KEQUN_CONSOLE_KEY", "console.key").hex()
DEBUG = False
ALLOWED_HOSTS = _OURS.texts("console.hosts")
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS] if HTTPS else []
ROOT_URLCONF = "kequn.engage.urls"
WSGI_APPLICATION = "kequn.engage.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

APPS = [
    "kequn.engage.site",
    "kequn.engage.orgs",
    "kequn.engage.audit",
    "kequn.engage.customers",
    "kequn.engage.insight",
    "kequn.engage.audiences",
    "kequn.engage.plan",
    "kequn.engage.data",
    "kequn.engage.api",
]
INSTALLED_APPS = [
    *APPS,
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "auditlog",
    "csp",
]
MIDDLEWARE = [
    "kequn.engage.site.requests.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "kequn.engage.site.requests.ProblemMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "auditlog.middleware.AuditlogMiddleware",
    "kequn.engage.orgs.guard.GuardMiddleware",
    "kequn.engage.site.night.NightMiddleware",
]
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "site" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "kequn.engage.site.navigation.navigation",
            ],
            "builtins": ["kequn.engage.site.templatetags.console"],
        },
    }
]

DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("KEQUN_DATABASE_URL") or f"sqlite:///{WORKSPACE.home / 'console.sqlite3'}",
        conn_max_age=60,
        conn_health_checks=True,
    )
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-64000;",
    }
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "site_cache"}}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
TIME_ZONE = _OURS.text("console.time_zone")
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = WORKSPACE.data / "static"
STATICFILES_DIRS = [HERE / "built"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
INSTALLED_APPS.append("django.forms")

AUTH_USER_MODEL = "orgs.Staff"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "kequn.engage.orgs.login.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "kequn.engage.orgs.login.SingleSignOnAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = _OURS.integer("console.sensitive_minutes") * 60
# Behind proxies the address of a browser is what they tell; without this all failures would count as one browser's.
ALLAUTH_TRUSTED_PROXY_COUNT = _OURS.integer("console.proxies") if HTTPS else 0
ACCOUNT_RATE_LIMITS = {"login_failed": f"{_OURS.integer('console.login_attempts')}/15m/key,60/15m/ip"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Kequn"
MFA_REQUIRED = _OURS.flag("console.second_factor")
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {"openid_connect": {"APPS": [], "OAUTH_PKCE_ENABLED": True}}
if _OURS.text("console.oidc_server"):
    SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"] = [
        {
            "provider_id": "bank",
            "name": _OURS.text("console.oidc_name"),
            "client_id": _OURS.text("console.oidc_client"),
            "secret": os.environ.get("KEQUN_OIDC_SECRET", ""),
            "settings": {"server_url": _OURS.text("console.oidc_server")},
        }
    ]

SESSION_COOKIE_AGE = _OURS.integer("console.session_minutes") * 60
SESSION_SAVE_EVERY_REQUEST = False
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "kequn_session"
CSRF_COOKIE_NAME = "kequn_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_USE_SESSIONS = False
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
X_FRAME_OPTIONS = "DENY"
_SERVER = urlsplit(_OURS.text("console.oidc_server"))
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        # The login's form leads on to the bank's login server, which browsers count as the form's own address.
        "form-action": [SELF, *([f"{_SERVER.scheme}://{_SERVER.netloc}"] if _SERVER.netloc else [])],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000_000
# Of one token, in each process.
API_REQUESTS_A_MINUTE = int(os.environ.get("KEQUN_API_REQUESTS_A_MINUTE", "600"))
LOGGING_CONFIG = None
logging_for(WORKSPACE)

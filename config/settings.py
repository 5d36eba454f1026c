"""Settings, all from the environment (config/env.py). Unsafe combinations are system checks in config/checks.py."""

from datetime import timedelta
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF

from config.env import env_bool, env_int, env_json, env_list, env_str, env_url

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env_str("VAR_DIR", str(BASE_DIR / "var")))

DEBUG = env_bool("DEBUG", False)
SECRET_KEY = env_str("SECRET_KEY")
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
# Origins that may open sockets and post forms besides the request's own host (https://canvas.example.org).
PUBLIC_ORIGINS = env_list("PUBLIC_ORIGINS", [])
CSRF_TRUSTED_ORIGINS = PUBLIC_ORIGINS

INSTALLED_APPS = [
    "config.apps.ConfigConfig",
    "daphne",
    "channels",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "django_vite",
    "projects",
    "canvasapp",
    "realtime",
    "history",
]

MIDDLEWARE = [
    "projects.health.probes",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "projects.pwa.middleware.tell_who",
    "projects.languages.OwnLanguage",
    "django_htmx.middleware.HtmxMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "projects.problems.PageErrors",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# SQL: identities. SQLite in WAL mode unless DATABASE_URL names a server.
DATABASES = {
    "default": dj_database_url.parse(
        env_str("DATABASE_URL", f"sqlite:///{VAR_DIR / 'identities.sqlite3'}"),
        conn_max_age=0,  # under ASGI each request has a thread of its own; a connection kept would be kept for nobody
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "projects.User"

# DynamoDB: live state. No endpoint means AWS itself, with botocore's own credentials chain.
DYNAMODB_ENDPOINT_URL = env_url("DYNAMODB_ENDPOINT_URL", "http", "https") or None
DYNAMODB_TABLE = env_str("DYNAMODB_TABLE", "canvas")
AWS_REGION = env_str("AWS_REGION", "us-east-1")

# MongoDB: history.
MONGODB_URI = env_url(
    "MONGODB_URI", "mongodb", "mongodb+srv", default="mongodb://127.0.0.1:27017/canvas?replicaSet=rs0"
)

# Signs each canvas's daily digest (history/signing.py); without it, none is made. The public ones of keys before it.
DIGEST_SIGNING_KEY = env_str("DIGEST_SIGNING_KEY", "")
DIGEST_PUBLIC_KEYS = env_list("DIGEST_PUBLIC_KEYS", [])

# Redis: fan-out between processes. A hint, never the truth.
REDIS_URL = env_url("REDIS_URL", "redis", "rediss", "unix", default="redis://127.0.0.1:6379/0")
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": "canvas"},
    }
}

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "canvas",
        "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},
    }
}

# Identity. Sessions for browsers; for programs a short access token and a rotating refresh token in a cookie.
COOKIE_SECURE = env_bool("COOKIE_SECURE", True)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = COOKIE_SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env_bool("BEHIND_TLS_PROXY", False) else None
SECURE_HSTS_SECONDS = env_int("HSTS_SECONDS", 0)
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "project-list"
LOGOUT_REDIRECT_URL = "sign-in"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(seconds=env_int("ACCESS_TOKEN_SECONDS", 15 * 60, least=10)),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=env_int("REFRESH_TOKEN_DAYS", 14, least=1)),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    "CHECK_REVOKE_TOKEN": True,  # a new password ends the tokens made under the old one
}

SIGN_UPS_PER_MINUTE = env_int("SIGN_UPS_PER_MINUTE", 300, least=1)  # from one address
FAILED_SIGN_INS_PER_MINUTE = env_int("FAILED_SIGN_INS_PER_MINUTE", 10, least=1)  # at one account
CSRF_FAILURE_VIEW = "projects.problems.csrf_failure"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework_simplejwt.authentication.JWTAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["projects.parsers.BoundedJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "projects.problems.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Canvas REST API",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "projects.rest.schema_add_problems",
        "canvasapp.schema.schema_add_structs",
    ],
}

# Static files: built by Vite into static/dist, collected with hashes, served compressed and immutable by WhiteNoise.
STATIC_URL = "/static/"
STATIC_ROOT = Path(env_str("STATIC_ROOT", str(BASE_DIR / "static" / "collected")))
STATICFILES_DIRS = [("dist", BASE_DIR / "static" / "dist"), ("site", BASE_DIR / "static" / "site")]
STORAGES = {
    # Uploads. Another backend (S3 through django-storages, say) by its dotted path and its options as JSON.
    "default": {
        "BACKEND": env_str("ASSET_STORAGE", "django.core.files.storage.FileSystemStorage"),
        "OPTIONS": env_json("ASSET_STORAGE_OPTIONS"),
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
DJANGO_VITE = {
    "default": {"manifest_path": BASE_DIR / "static" / "dist" / ".vite" / "manifest.json", "static_url_prefix": "dist"}
}
# The names that Vite gives carry a hash of the content; so do the editor's fonts.
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/dist/(?:assets/.+-[\w-]{8}\.\w+|excalidraw-assets/.+-[0-9a-f]{32}\.woff2)$"
SERVICE_WORKER = env_bool("SERVICE_WORKER", True)  # 0 removes it from every browser that comes by
MEDIA_ROOT = Path(env_str("MEDIA_ROOT", str(VAR_DIR / "media")))

# Everything from our origin. Inline styles and the wasm font subsetter are what the editor component needs.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, "'wasm-unsafe-eval'"],
        "style-src": [SELF, "'unsafe-inline'"],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF, "data:"],
        "connect-src": [SELF, "data:", "blob:"],
        "worker-src": [SELF, "blob:"],
        "frame-src": [NONE],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ja", "日本語")]  # each under its own name; docs/decisions/languages.md adds one
LOCALE_PATHS = [BASE_DIR / "templates" / "locale"]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SECURE = COOKIE_SECURE
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env_str("LOG_LEVEL", "INFO")},
    "loggers": {
        "daphne": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
        # At INFO both tell at every start where they looked for configuration.
        "botocore": {"level": "WARNING"},
        "pynamodb": {"level": "WARNING"},
    },
}

# Limits of the live service (docs/operations.md says how to choose them).
ROOM_MEMORY_BYTES = env_int("ROOM_MEMORY_MIB", 1024, least=16) * 1024 * 1024
CONNECTIONS_PER_USER = env_int("CONNECTIONS_PER_USER", 200, least=1)
INTENTS_PER_SECOND = env_int("INTENTS_PER_SECOND", 500, least=1)
ASSET_MAX_BYTES = env_int("ASSET_MAX_MIB", 20, least=1) * 1024 * 1024
PROJECT_ASSETS_BYTES = env_int("PROJECT_ASSETS_MIB", 2048, least=1) * 1024 * 1024
ASSET_UPLOADS_PER_MINUTE = env_int("ASSET_UPLOADS_PER_MINUTE", 120, least=1)  # of one user
HISTORY_READS_PER_MINUTE = env_int("HISTORY_READS_PER_MINUTE", 600, least=1)  # past states and the like, of one user
REQUEST_MAX_BYTES = env_int("REQUEST_MAX_MIB", 64, least=2) * 1024 * 1024  # any body, before it is looked at

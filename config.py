"""Settings, from environment variables only. A wrong or missing one stops the start and says what to set.

| variable | meaning |
| --- | --- |
| CASELOG_ENV | `production` (the default) or `development` (plain http on this machine; set by `make run`) |
| SECRET_KEY | signs cookies; needed in production, at least 32 characters |
| DATABASE_URL | `postgresql://…`; empty means the SQLite file `caselog.db` in CASELOG_INSTANCE |
| CASELOG_INSTANCE | folder of the SQLite file and of what development makes for itself; `instance/` here |
| CASELOG_INSECURE_COOKIES | `1` lets cookies travel without HTTPS; refused in production |
| CASELOG_PROXIES | how many reverse proxies stand in front and may name the client's address; 0 |
| HOST, PORT | where `caselog serve` listens; 127.0.0.1 and 8000 |
| BASE_URL | the address at which people reach the pages, for links in mail; https in production |
| SMTP_HOST, SMTP_PORT | the server that takes mail; without a host none is sent; 587 (465 for implicit, 25 for none) |
| SMTP_TLS | `starttls` (the default), `implicit`, or `none`, which production refuses |
| SMTP_CA | file with the certificates to trust instead of the system's, for a mail server with one of its own |
| SMTP_USER, SMTP_PASSWORD | for servers that ask for a sign-in; never sent without TLS |
| MAIL_FROM | the address that mail comes from |
| CASELOG_DEMO_PASSWORD | of the demo program's sign-ins; otherwise random, kept in CASELOG_INSTANCE |
"""

import contextlib
import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent
SECRET_LEAST = 32  # characters
SMTP_PORTS = {"starttls": 587, "implicit": 465, "none": 25}
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")


class ConfigError(RuntimeError):
    """A setting is missing or wrong; the message says which and how to mend it."""


def load(environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """The Flask configuration that the environment asks for. Raises ConfigError."""
    env = environ.get("CASELOG_ENV", "production")
    if env not in ("production", "development"):
        raise ConfigError(f"CASELOG_ENV is “{env}”; set it to production or development.")
    production = env == "production"
    instance = Path(environ.get("CASELOG_INSTANCE") or ROOT / "instance")
    insecure = environ.get("CASELOG_INSECURE_COOKIES", "0" if production else "1") == "1"
    if production and insecure:
        raise ConfigError(
            "CASELOG_INSECURE_COOKIES=1 would send sign-in cookies without HTTPS; unset it in production."
        )
    return {
        "CASELOG_ENV": env,
        "CASELOG_INSTANCE": instance,
        "CASELOG_PROXIES": _whole_number(environ, "CASELOG_PROXIES", 0),
        "SECRET_KEY": _secret_key(environ, instance, production=production),
        "SQLALCHEMY_DATABASE_URI": _database_url(environ, instance),
        "SESSION_COOKIE_NAME": "caselog" if insecure else "__Host-caselog",
        "SESSION_COOKIE_SECURE": not insecure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PREFERRED_URL_SCHEME": "http" if insecure else "https",
        **_mail(environ, production=production),
        "MAX_CONTENT_LENGTH": 1_000_000,  # bytes; the largest form is a case with a 2,000-character note
        "MAX_FORM_MEMORY_SIZE": 500_000,
        "MAX_FORM_PARTS": 500,
        "BOOTSTRAP_SERVE_LOCAL": True,
        "WTF_CSRF_TIME_LIMIT": None,  # a token lives as long as the session that it is bound to
        # A page that sends no referrer (the one that sets a password) could not be sent otherwise; the token, and
        # a cookie that no other host can set, do without it.
        "WTF_CSRF_SSL_STRICT": False,
    }


def _whole_number(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isascii() or not text.isdigit():
        raise ConfigError(f"{name} is “{text}”; set it to a whole number.")
    return int(text)


def _mail(environ: Mapping[str, str], *, production: bool) -> dict[str, Any]:
    """What sending mail needs; each may be missing until `caselog send-mail` asks for it."""
    tls = environ.get("SMTP_TLS") or "starttls"
    if tls not in SMTP_PORTS:
        raise ConfigError(f"SMTP_TLS is “{tls}”; set it to starttls, implicit or none.")
    if production and tls == "none":
        raise ConfigError("SMTP_TLS=none would send mail without encryption; set it to starttls or implicit.")
    user, password = environ.get("SMTP_USER", ""), environ.get("SMTP_PASSWORD", "")
    if bool(user) != bool(password):
        raise ConfigError("SMTP_USER and SMTP_PASSWORD belong together; set both, or neither.")
    if user and tls == "none":
        raise ConfigError("SMTP_PASSWORD would travel without encryption; set SMTP_TLS to starttls or implicit.")
    ca = environ.get("SMTP_CA", "")
    if ca and not Path(ca).is_file():
        raise ConfigError(f"SMTP_CA is “{ca}”, which is no file; name a file of certificates, or unset it.")
    return {
        "BASE_URL": _base_url(environ.get("BASE_URL", ""), production=production),
        "SMTP_HOST": environ.get("SMTP_HOST", ""),
        "SMTP_PORT": _whole_number(environ, "SMTP_PORT", SMTP_PORTS[tls]),
        "SMTP_TLS": tls,
        "SMTP_CA": ca,
        "SMTP_USER": user,
        "SMTP_PASSWORD": password,
        "MAIL_FROM": _address(environ.get("MAIL_FROM", "")),
    }


def _base_url(text: str, *, production: bool) -> str:
    try:
        parts = urlsplit(text)
    except ValueError:  # such as an address of IPv6 without its end
        parts = urlsplit("")
    if text and (parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment):
        raise ConfigError(f"BASE_URL is “{text}”; write it as https://caselog.program.example.")
    if production and parts.scheme == "http":
        raise ConfigError("BASE_URL begins with http://, and links in mail must be https:// in production.")
    return text.rstrip("/")


def _address(text: str) -> str:
    if text and not _ADDRESS.fullmatch(text):
        raise ConfigError("MAIL_FROM is no plain e-mail address; write it as caselog@program.example.")
    return text


def _secret_key(environ: Mapping[str, str], instance: Path, *, production: bool) -> str:
    key = environ.get("SECRET_KEY", "")
    if key or production:
        if len(key) < SECRET_LEAST:
            raise ConfigError(
                f"SECRET_KEY must have at least {SECRET_LEAST} characters; make one with: "
                'python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
            )
        return key
    return kept_secret(instance / "secret-key")


def kept_secret(path: Path, size: int = 48) -> str:
    """A random secret of this machine's own (`size` bytes), made on first use and readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        # Written elsewhere and then linked, so that of two processes that start at once neither reads half of it.
        with tempfile.NamedTemporaryFile(
            "w", dir=path.parent, encoding="ascii"
        ) as file:  # only its owner may read it
            file.write(secrets.token_urlsafe(size))
            file.flush()
            with contextlib.suppress(FileExistsError):
                os.link(file.name, path)
    return path.read_text(encoding="ascii")


def _database_url(environ: Mapping[str, str], instance: Path) -> str:
    url = environ.get("DATABASE_URL", "")
    if not url:
        return f"sqlite:///{instance.resolve() / 'caselog.db'}"
    scheme, separator, rest = url.partition("://")
    if scheme in ("postgresql", "postgres", "postgresql+psycopg") and separator:
        return f"postgresql+psycopg://{rest}"
    if scheme == "sqlite" and separator:
        return url
    raise ConfigError("DATABASE_URL must begin with postgresql:// or sqlite:///.")

"""A wrong or missing setting stops the start, and says which one and how to mend it."""

import secrets
import stat
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from config import SECRET_LEAST, ConfigError, kept_secret, load

SECRET = "s" * SECRET_LEAST


def production(**environ: str) -> dict[str, Any]:
    return load({"SECRET_KEY": SECRET, **environ})


def development(instance: Path, **environ: str) -> dict[str, Any]:
    return load({"CASELOG_ENV": "development", "CASELOG_INSTANCE": str(instance), **environ})


# The secret


def test_what_says_nothing_is_production() -> None:
    assert production()["CASELOG_ENV"] == "production"


@pytest.mark.parametrize("environ", [{}, {"SECRET_KEY": ""}, {"SECRET_KEY": "s" * (SECRET_LEAST - 1)}])
def test_production_refuses_to_start_without_a_long_secret_and_says_how_to_make_one(
    environ: dict[str, str],
) -> None:
    with pytest.raises(ConfigError, match=r"SECRET_KEY must have at least 32 characters.*token_urlsafe"):
        load(environ)


def test_production_never_makes_a_secret_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        load({"CASELOG_INSTANCE": str(tmp_path)})
    assert list(tmp_path.iterdir()) == []


def test_development_refuses_a_short_secret_too(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="SECRET_KEY"):
        development(tmp_path, SECRET_KEY="short")


def test_development_makes_a_secret_once_and_keeps_it_from_others(tmp_path: Path) -> None:
    first = development(tmp_path / "new")["SECRET_KEY"]
    assert len(first) >= SECRET_LEAST
    assert development(tmp_path / "new")["SECRET_KEY"] == first
    assert stat.S_IMODE((tmp_path / "new" / "secret-key").stat().st_mode) == 0o600
    assert development(tmp_path / "other")["SECRET_KEY"] != first


def test_starts_at_once_all_read_the_same_whole_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    barrier = threading.Barrier(4)
    make, found = secrets.token_urlsafe, []

    def make_slowly(length: int) -> str:
        time.sleep(0.05)
        return make(length)

    def start() -> None:
        barrier.wait()
        found.append(kept_secret(tmp_path / "secret-key"))

    monkeypatch.setattr(secrets, "token_urlsafe", make_slowly)
    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1
    assert len(found[0]) >= SECRET_LEAST
    assert [path.name for path in tmp_path.iterdir()] == ["secret-key"]


# Cookies


def test_production_refuses_cookies_that_travel_without_https() -> None:
    with pytest.raises(ConfigError, match="CASELOG_INSECURE_COOKIES=1 would send"):
        production(CASELOG_INSECURE_COOKIES="1")


@pytest.mark.parametrize("environ", [{}, {"CASELOG_INSECURE_COOKIES": "0"}, {"CASELOG_INSECURE_COOKIES": ""}])
def test_production_cookies_are_bound_to_https_and_to_this_host(environ: dict[str, str]) -> None:
    settings = production(**environ)
    assert settings["SESSION_COOKIE_SECURE"] is True
    assert settings["SESSION_COOKIE_NAME"].startswith("__Host-")
    assert settings["PREFERRED_URL_SCHEME"] == "https"


def test_development_cookies_work_over_plain_http_unless_told_otherwise(tmp_path: Path) -> None:
    plain = development(tmp_path)
    assert plain["SESSION_COOKIE_SECURE"] is False
    assert not plain["SESSION_COOKIE_NAME"].startswith("__Host-")
    assert development(tmp_path, CASELOG_INSECURE_COOKIES="0")["SESSION_COOKIE_SECURE"] is True


def test_no_script_and_no_foreign_page_gets_the_cookie(tmp_path: Path) -> None:
    for settings in (production(), development(tmp_path)):
        assert settings["SESSION_COOKIE_HTTPONLY"] is True
        assert settings["SESSION_COOKIE_SAMESITE"] == "Lax"


# The database


def test_without_an_address_the_database_is_a_file_in_the_instance_folder(tmp_path: Path) -> None:
    assert development(tmp_path)["SQLALCHEMY_DATABASE_URI"] == f"sqlite:///{tmp_path.resolve() / 'caselog.db'}"


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_postgresql_is_reached_through_psycopg_3(scheme: str) -> None:
    settings = production(DATABASE_URL=f"{scheme}://log:word@db.example:5433/caselog")
    assert settings["SQLALCHEMY_DATABASE_URI"] == "postgresql+psycopg://log:word@db.example:5433/caselog"


def test_an_sqlite_address_is_taken_as_it_is() -> None:
    assert production(DATABASE_URL="sqlite:////srv/log.db")["SQLALCHEMY_DATABASE_URI"] == "sqlite:////srv/log.db"


@pytest.mark.parametrize(
    "url",
    ["mysql://db.example/log", "postgresql", "postgresql+psycopg2://db.example/log", "/srv/log.db", "sqlite"],
)
def test_any_other_database_is_refused_without_repeating_its_address(url: str) -> None:
    with pytest.raises(ConfigError, match="DATABASE_URL must begin with postgresql:// or sqlite:///") as caught:
        production(DATABASE_URL=url)
    assert "db.example" not in str(caught.value)


# The rest


@pytest.mark.parametrize("env", ["", "prod", "Production", "test"])
def test_an_unknown_environment_is_refused_rather_than_taken_for_development(env: str) -> None:
    with pytest.raises(ConfigError, match=r"CASELOG_ENV is .* set it to production or development"):
        production(CASELOG_ENV=env)


@pytest.mark.parametrize("number", ["-1", "1.5", "one", "²", "１"])
def test_a_number_of_proxies_that_is_none_is_refused(number: str) -> None:
    with pytest.raises(ConfigError, match="CASELOG_PROXIES"):
        production(CASELOG_PROXIES=number)


def test_no_proxy_is_believed_unless_one_is_named() -> None:
    assert production()["CASELOG_PROXIES"] == 0
    assert production(CASELOG_PROXIES="2")["CASELOG_PROXIES"] == 2


def test_a_body_is_limited() -> None:
    settings = production()
    assert 0 < settings["MAX_FORM_MEMORY_SIZE"] <= settings["MAX_CONTENT_LENGTH"] <= 1_000_000


# Mail


def test_mail_goes_encrypted_to_the_usual_port_unless_told_otherwise(tmp_path: Path) -> None:
    settings = production(SMTP_HOST="mail.example")
    assert (settings["SMTP_TLS"], settings["SMTP_PORT"]) == ("starttls", 587)
    assert production(SMTP_TLS="implicit")["SMTP_PORT"] == 465
    assert production(SMTP_PORT="2525")["SMTP_PORT"] == 2525
    assert development(tmp_path, SMTP_TLS="none")["SMTP_PORT"] == 25


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"SMTP_TLS": "none"}, "SMTP_TLS=none would send mail without encryption"),
        ({"SMTP_TLS": "ssl"}, "SMTP_TLS is “ssl”; set it to starttls, implicit or none"),
        ({"SMTP_USER": "caselog"}, "SMTP_USER and SMTP_PASSWORD belong together"),
        ({"SMTP_PASSWORD": "canary"}, "SMTP_USER and SMTP_PASSWORD belong together"),
        ({"SMTP_PORT": "smtp"}, "SMTP_PORT is “smtp”; set it to a whole number"),
        ({"SMTP_CA": "/no/such/file"}, "SMTP_CA is “/no/such/file”, which is no file"),
        ({"MAIL_FROM": "Caselog <log@mail.example>"}, "MAIL_FROM is no plain e-mail address"),
        ({"MAIL_FROM": "log@mail.example\nBcc: all@mail.example"}, "MAIL_FROM is no plain e-mail address"),
        ({"BASE_URL": "http://log.example"}, "links in mail must be https:// in production"),
        ({"BASE_URL": "log.example"}, "write it as https://caselog.program.example"),
        ({"BASE_URL": "https://[::1"}, "write it as https://caselog.program.example"),
        ({"BASE_URL": "https://log.example/?a=b"}, "write it as https://caselog.program.example"),
    ],
)
def test_settings_of_mail_that_cannot_be_meant_are_refused(environ: dict[str, str], says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        production(**environ)
    assert says in str(caught.value)
    assert "canary" not in str(caught.value)


def test_no_password_is_ever_sent_in_clear(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="SMTP_PASSWORD would travel without encryption"):
        development(tmp_path, SMTP_TLS="none", SMTP_USER="caselog", SMTP_PASSWORD="word")


def test_links_in_mail_begin_with_an_address_without_a_slash_at_its_end(tmp_path: Path) -> None:
    assert production(BASE_URL="https://log.example/")["BASE_URL"] == "https://log.example"
    assert development(tmp_path, BASE_URL="http://127.0.0.1:8000")["BASE_URL"] == "http://127.0.0.1:8000"

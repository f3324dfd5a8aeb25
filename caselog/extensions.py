"""The Flask extensions, made once and bound to the app in `create_app`."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from flask import current_app
from flask_bootstrap import Bootstrap5
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import orm

from caselog.store.types import UtcDateTime


class Base(orm.DeclarativeBase):
    """Typed models; every constraint gets a name that says what it is, so that a migration can find it."""

    registry = orm.registry(
        metadata=sa.MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={
            datetime: UtcDateTime,
            str: sa.Text,
            uuid.UUID: sa.Uuid,
            float: sa.Float(53),
        },
    )


db = SQLAlchemy(model_class=Base, disable_autonaming=True)
login_manager = LoginManager()
csrf = CSRFProtect()
migrate = Migrate()
bootstrap = Bootstrap5()


def public_address() -> str:
    """The address at which people reach the pages, without a slash at its end; empty where none is set."""
    found: str = current_app.config.get("BASE_URL", "")
    return found

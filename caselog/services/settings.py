"""What a program has set, read wherever it matters."""

import uuid
from dataclasses import asdict

from sqlalchemy.orm import Session

from caselog.domain.settings import Settings
from caselog.services import trail
from caselog.services.actor import Actor
from caselog.store.programs import Program
from caselog.store.session import transaction
from caselog.store.settings import ProgramSettings

_NAMES = tuple(asdict(Settings()))


def settings_of(session: Session, program_id: uuid.UUID) -> Settings:
    """The settings of a program: its own, or the defaults."""
    row = session.get(ProgramSettings, program_id)
    return Settings(**{name: getattr(row, name) for name in _NAMES}) if row else Settings()


def change_settings(actor: Actor, settings: Settings) -> None:
    """Set what holds for the actor's program from now on."""
    with transaction() as session:
        session.get_one(Program, actor.program_id, with_for_update=True)
        row = session.get(ProgramSettings, actor.program_id)
        if row is None:
            session.add(ProgramSettings(program_id=actor.program_id, **asdict(settings)))
        else:
            for name, value in asdict(settings).items():
                setattr(row, name, value)
        trail.record(actor, "settings.change", actor.program_id)

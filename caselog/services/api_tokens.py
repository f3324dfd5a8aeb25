"""Personal tokens of the API: made, used, ended. A token acts as its person, with no more than its scopes allow."""

import secrets
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.exc import OperationalError

from caselog import clock
from caselog.domain.codes import Position
from caselog.domain.scopes import SCOPES, Scope
from caselog.services import trail
from caselog.services.actor import GRANTS, Actor, NotFoundError, Permission, RefusedError
from caselog.store import api_tokens as store
from caselog.store.accounts import digest, may_sign_in
from caselog.store.api_tokens import ApiToken
from caselog.store.session import reading, transaction

PREFIX = "caselog_"  # by which scanners of source code know a secret of ours
DAYS, DAYS_MOST = 90, 365
TOKENS_MOST = 20  # of one person that may be used at once; ours
NAME_MOST = 60  # characters
_ALLOWS = {
    Scope.READ_LOG: frozenset({Permission.VIEW_OWN_LOG, Permission.VIEW_CASE}),
    Scope.WRITE_LOG: frozenset({Permission.LOG_CASE, Permission.AMEND, Permission.VIEW_CASE}),
    Scope.READ_STUDENTS: frozenset({Permission.VIEW_STUDENTS, Permission.VIEW_CASE}),
    Scope.EXPORT: frozenset(
        {Permission.EXPORT_LOG, Permission.EXPORT_PROGRAM, Permission.VIEW_OWN_LOG, Permission.VIEW_STUDENTS}
    ),
    Scope.IMPORT: frozenset({Permission.LOG_CASE}),
}


@dataclass(frozen=True, slots=True)
class TokenWish:
    """A token as its owner asks for it; `days` from now it ends."""

    name: str
    scopes: frozenset[Scope]
    days: int = DAYS


@dataclass(frozen=True, slots=True)
class ListedToken:
    """A token as its owner's page shows it; `alive` is whether it may be used."""

    id: uuid.UUID
    name: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    alive: bool


@dataclass(frozen=True, slots=True)
class TokenUse:
    """A token in use: who it stands for, and for what."""

    token_id: uuid.UUID
    actor: Actor = field(repr=False)
    scopes: frozenset[Scope]


def scopes_for(actor: Actor) -> tuple[Scope, ...]:
    """The scopes that are of any use to this person."""
    return tuple(scope for scope in Scope if _useful(scope) & GRANTS[actor.position])


def _useful(scope: Scope) -> frozenset[Permission]:
    return _ALLOWS[scope] - {Permission.VIEW_CASE} if scope is not Scope.READ_LOG else _ALLOWS[scope]


def make_token(actor: Actor, wish: TokenWish) -> str:
    """Make a token and give it back, the only time that anybody sees it. Raises RefusedError."""
    if not wish.scopes:
        raise RefusedError("Choose at least one thing that the token is for.")
    if wish.scopes - set(scopes_for(actor)):
        raise RefusedError("The token cannot be for what your position does not include.")
    if not 1 <= wish.days <= DAYS_MOST:
        raise RefusedError(f"A token is good for 1 to {DAYS_MOST} days.")
    token = PREFIX + secrets.token_urlsafe(32)
    now = clock.now()
    with transaction() as session:
        store.purge_tokens(session, now)
        used = [
            each for each in store.tokens_of(session, actor.program_id, actor.person_id) if each.expires_at > now
        ]
        if len(used) >= TOKENS_MOST:
            raise RefusedError(f"You have {TOKENS_MOST} tokens, which is the most; end one that you do not use.")
        made = ApiToken(
            program_id=actor.program_id,
            id=uuid.uuid4(),
            person_id=actor.person_id,
            name=wish.name,
            scopes=tuple(sorted(scope.code for scope in wish.scopes)),
            token_hash=digest(token),
            created_at=now,
            expires_at=now + timedelta(days=wish.days),
        )
        session.add(made)
        trail.record(actor, "token.make", made.id)
    return token


def tokens(actor: Actor) -> list[ListedToken]:
    """The actor's own tokens, the newest first."""
    now = clock.now()
    with reading() as session:
        return [
            ListedToken(
                each.id,
                each.name,
                tuple(SCOPES[code] for code in each.scopes if code in SCOPES),
                each.created_at,
                each.expires_at,
                each.last_used_at,
                each.expires_at > now,
            )
            for each in store.tokens_of(session, actor.program_id, actor.person_id)
        ]


def end_token(actor: Actor, token_id: uuid.UUID) -> None:
    """End a token of the actor's own. Raises NotFoundError."""
    with transaction() as session:
        token = session.get(ApiToken, (actor.program_id, token_id), with_for_update=True)
        if token is None or token.person_id != actor.person_id:
            raise NotFoundError
        session.delete(token)
        trail.record(actor, "token.revoke", token_id)


def use(token: str) -> TokenUse | None:
    """Who a token stands for, if it may be used. Notes at most once a minute that it was."""
    if not token.startswith(PREFIX):
        return None
    now = clock.now()
    with reading() as session:
        found = store.live_token(session, digest(token), now, may_sign_in())
        if found is None:
            return None
        known, person, program = found
        stale = known.last_used_at is None or known.last_used_at <= now - store.TOUCH
        scopes = frozenset(SCOPES[code] for code in known.scopes if code in SCOPES)
        allowed = frozenset(permission for scope in scopes for permission in _ALLOWS[scope])
        actor = Actor(
            person.program_id,
            person.id,
            Position(person.position),
            person.name,
            program.timezone,
            way="token",
            active=person.active,
            only=allowed,
        )
        used = TokenUse(known.id, actor, scopes)
    if stale:
        with suppress(OperationalError), transaction() as session:  # an answer is not lost because a note is
            store.touch_token(session, used.token_id, now)
    return used

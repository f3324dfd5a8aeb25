"""Who a token stands for, which students there are, and what the fields of a case may hold."""

from flask import Response

from caselog.api.answers import answer
from caselog.api.door import token_in_use
from caselog.api.models import Me, ReferencesAnswer, StudentList
from caselog.api.operations import operation
from caselog.domain.codes import CodeList
from caselog.domain.scopes import Scope
from caselog.services import case_entry
from caselog.services.actor import Permission
from caselog.services.visible import list_students
from caselog.store.session import reading
from caselog.web.access import current_actor


@operation("/me", permission=Permission.VIEW_ACCOUNT, answer=Me)
def show_me() -> Response:
    """Who the token stands for, and what it is for."""
    actor = current_actor()
    return answer(
        {
            "person_id": str(actor.person_id),
            "name": actor.name,
            "position": actor.position,
            "timezone": actor.timezone,
            "scopes": sorted(scope.code for scope in token_in_use().scopes),
        }
    )


@operation("/references", permission=Permission.VIEW_OWN_LOG, scope=Scope.READ_LOG, answer=ReferencesAnswer)
def show_references() -> Response:
    """What the fields of a case may hold in your program.

    The codes of its lists without the retired ones, its sites, preceptors and your rotations.
    """
    with reading():
        found = case_entry.references_of(current_actor())
        codes = {
            name.value: [
                {"code": each.code, "label": each.label}
                for each in found.codes.codes(name).values()
                if not each.retired
            ]
            for name in CodeList
        }
        sites = [{"code": each.code, "name": each.name, "country": each.country} for each in found.sites.values()]
    preceptors = [
        {"email": each.email, "name": each.name, "sites": sorted(each.sites)}
        for each in found.preceptors.values()
        if each.active
    ]
    return answer(
        {
            "codes": codes,
            "sites": sites,
            "preceptors": preceptors,
            "rotations": list(found.rotations),
            "free_text": found.free_text,
        }
    )


@operation("/students", permission=Permission.VIEW_STUDENTS, scope=Scope.READ_STUDENTS, answer=StudentList)
def list_students_seen() -> Response:
    """List the students of the program."""
    with reading() as session:
        students = list_students(session, current_actor())
    return answer(
        {"students": [{"id": str(key), "name": name, "cohort": cohort} for key, name, cohort in students]}
    )

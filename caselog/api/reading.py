"""Reading a request: JSON or the query into a body of ours, or all that is wrong with it, field by field."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeVar

from flask import abort, request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from caselog.rules.reading import closest

Model = TypeVar("Model", bound=BaseModel)
_HOUSE: Final[Mapping[str, str]] = {
    "missing": "This is needed.",
    "string_type": "Write a text.",
    "bool_type": "Write true or false.",
    "list_type": "Write a list: [ … ].",
    "model_type": "Write an object: { … }.",
    "model_attributes_type": "Write an object: { … }.",
    "dict_type": "Write an object: { … }.",
    "string_too_short": "Write at least {min_length} character, or null for nothing.",
    "string_too_long": "At most {max_length} characters fit.",
    "string_pattern_mismatch": "A character does not belong here.",
    "too_short": "Give at least {min_length}.",
    "too_long": "At most {max_length} fit.",
    "literal_error": "Use one of: {expected}.",
}


class UnreadableBodyError(Exception):
    """The body is no JSON; the message says where."""


class FieldsError(Exception):
    """Fields of a body or of a query are wrong; `errors` are JSON pointers (or names) with what is wrong there."""

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__("; ".join(each["message"] for each in errors))
        self.errors = errors


def read_body(model: type[Model]) -> Model:
    """The body of this request. Raises UnreadableBodyError, FieldsError; aborts with 415 for what is no JSON."""
    if request.mimetype != "application/json":
        abort(415)
    values = _parsed(_data())
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise FieldsError([_told(model, each) for each in error.errors(include_url=False)]) from None


def read_query(model: type[Model]) -> Model:
    """The query of this request. Raises FieldsError."""
    twice = [name for name, values in request.args.lists() if len(values) > 1]
    if twice:
        message = "It stands there more than once; give it once."
        raise FieldsError([{"parameter": name, "message": message} for name in twice])
    try:
        return model.model_validate(request.args.to_dict())
    except ValidationError as error:
        found = [_told(model, each) for each in error.errors(include_url=False)]
        named = [{"parameter": each["pointer"].lstrip("/"), "message": each["message"]} for each in found]
        raise FieldsError(named) from None


def _data() -> bytes:
    try:
        return request.get_data(cache=True)
    except RequestEntityTooLarge:
        abort(413)


def _parsed(data: bytes) -> Any:
    try:
        values = json.loads(data.decode(), object_pairs_hook=_once, parse_constant=_no_constant)
        json.dumps(values, ensure_ascii=False).encode()  # half of a character cannot be stored or shown
    except UnicodeDecodeError as error:
        raise UnreadableBodyError(f"The body is not UTF-8 at byte {error.start + 1}.") from None
    except UnicodeEncodeError:
        raise UnreadableBodyError("A text holds half of a character (a lone surrogate).") from None
    except json.JSONDecodeError as error:
        raise UnreadableBodyError(f"Line {error.lineno}, column {error.colno}: {error.msg}.") from None
    except RecursionError:
        raise UnreadableBodyError("The lists and objects are nested too deeply.") from None
    except ValueError as error:
        raise UnreadableBodyError(f"{error}") from None
    return values


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in pairs:
        if key in values:
            raise ValueError(f"The field “{key[:60]}” stands twice in one object.")
        values[key] = value
    return values


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is no number of JSON.")


def pointer(*place: str | int) -> str:
    """A JSON pointer (RFC 6901) to a place in the body."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in place)


def _told(model: type[BaseModel], error: Mapping[str, Any]) -> dict[str, str]:
    place, kind = error["loc"], error["type"]
    if kind == "extra_forbidden":
        message = f"There is no field “{str(place[-1])[:60]}” here. {_nearest(model, place)}"
    else:
        message = _HOUSE.get(kind, str(error["msg"]))
        for name, value in error.get("ctx", {}).items():
            message = message.replace(f"{{{name}}}", f"{value:,}" if isinstance(value, int) else str(value))
    return {"pointer": pointer(*place), "message": message}


def _nearest(model: type[BaseModel], place: tuple[str | int, ...]) -> str:
    names = list(model.model_fields)
    for inner in _models_in(model):
        if len(place) > 1:
            names = list(inner.model_fields)
    return closest(str(place[-1])[:60], names) if names else "Nothing may stand here."


def _models_in(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """The models of the lists of a model."""
    for each in model.model_fields.values():
        for argument in getattr(each.annotation, "__args__", ()):
            if isinstance(argument, type) and issubclass(argument, BaseModel):
                yield argument

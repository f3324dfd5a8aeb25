"""The acts of the audit trail in words: a verb on a thing, such as `case.submit`, as people read it."""

_THINGS = {
    "log": "the case log",
    "activities": "the learning activities",
    "review": "the queue of a reviewer",
    "row": "rows",
    "number": "a number of the program",
    "code": "a code",
    "edition": "an edition for a cohort",
    "ruleset": "a rule set",
    "waiver": "a waiver",
    "attestation": "a document on file",
    "settings": "the settings",
    "progress": "the progress",
    "waivers": "the waivers",
    "person": "a person",
    "program": "the program",
    "trail": "the audit trail",
    "demo": "the demo program",
    "backup": "a backup",
    "link": "a link without sign-in",
    "mail": "a mail",
    "text": "a text",
    "signal": "a signal",
    "evaluation": "an evaluation",
}
_VERBS = {
    "look": "Looked at",
    "draft": "Saved a draft of",
    "begin": "Took over into the trail:",
    "make": "Made",
    "set": "Set",
    "sign_in": "Signed in with",
    "sign_out": "Signed out of",
    "password_link": "Made a password link for",
    "use": "Used",
    "revoke": "Ended",
    "ask": "Asked for",
    "queue": "Wrote",
    "sent": "Sent",
    "failed": "Gave up",
    "dropped": "Did not send",
}


def act_words(action: str) -> str:
    """An act as a short sentence without its subject."""
    thing, _, verb = action.partition(".")
    article = "an" if thing[:1] in "aeiou" else "a"
    said = _VERBS.get(verb) or f"{verb.replace('_', ' ').capitalize()}:"
    return f"{said} {_THINGS.get(thing) or f'{article} {thing}'}"

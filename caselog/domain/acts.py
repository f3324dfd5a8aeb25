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
    "token": "a token for the API",
    "export": "an export",
    "outcome": "examinations and placement",
    "outcomes": "examinations and placement",
    "report": "the yearly report",
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


# Acts whose words their thing and verb do not give.
_WHOLE = {
    "account.sign_in": "Signed in",
    "account.sign_out": "Signed out",
    "demo.case": "Came with the demo program",
    "demo.review": "Decided in the demo program",
    "export.issue": "Took something away as a file",
    "export.made": "Made a file to its end",
    "export.withdraw": "Withdrew an export",
    "cohort.export": "Took the logs of a cohort away as a file",
    "program.export": "Took the logs of the whole program away as a file",
    "exports.set": "Set how exactly things leave",
    "import.undo": "Took an import back",
    "log.import": "Brought a file into a log",
    "log.export": "Took a whole log away as a file",
    "report.export": "Took the yearly report away as a file",
    "row.change": "Changed rows without saying why",
    "text.confirm": "Said that a text names no patient",
    "text.redact": "Removed a text that could identify a patient",
    "trail.begin": "Took rows over into the trail",
    "trail.export": "Took the audit trail away as a file",
}
# What is done with an entry of a log, in its history.
_OF_ENTRIES = {
    "draft": "Saved as a draft",
    "submit": "Handed in",
    "change": "Changed",
    "verify": "Verified",
    "differ": "The reviewer saw another role than was claimed",
    "return": "Returned",
    "accept": "Took the role that the reviewer saw",
    "keep": "Kept the role that was claimed",
    "agree": "The reviewer agreed to the role that was claimed",
    "amend": "Amended",
    "void": "Made void",
    "import": "Came in with a file",
    "remove": "Removed, since its import was taken back",
    "evaluate": "Evaluated",
}


def step_words(action: str) -> str:
    """An act on an entry of a log, as a step of its history."""
    return _OF_ENTRIES.get(action.partition(".")[2]) or act_words(action)


def act_words(action: str) -> str:
    """An act as a short sentence without its subject."""
    if action in _WHOLE:
        return _WHOLE[action]
    thing, _, verb = action.partition(".")
    article = "an" if thing[:1] in "aeiou" else "a"
    said = _VERBS.get(verb) or f"{verb.replace('_', ' ').capitalize()}:"
    return f"{said} {_THINGS.get(thing) or f'{article} {thing}'}"

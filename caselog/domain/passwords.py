"""What a password must be like; how it is kept is the accounts service's matter."""

from collections.abc import Mapping

PASSWORD_LEAST = 12  # characters
PASSWORD_MOST = 200
DIFFERENT_LEAST = 5  # characters; ours: refuses “aaaaaaaaaaaa” and “abababababab”

# The first guesses of everybody who guesses: only those long enough to pass the other checks.
COMMON = frozenset(
    [
        "1234567890123",
        "123456789012",
        "1234567890ab",
        "123456789abc",
        "12345678910a",
        "1q2w3e4r5t6y",
        "1qaz2wsx3edc",
        "1qazxsw23edc",
        "abc123abc123",
        "abcd12345678",
        "abcdefghijkl",
        "abcdefghijklm",
        "adminadmin12",
        "administrator",
        "administrator1",
        "administrator123",
        "basketball12",
        "caselog12345",
        "changeme1234",
        "changemechangeme",
        "correcthorsebatterystaple",
        "footballfootball",
        "iloveyou1234",
        "iloveyouiloveyou",
        "letmeinletmein",
        "passw0rd1234",
        "password1234",
        "password12345",
        "password123456",
        "passwordpassword",
        "p@ssw0rd1234",
        "perfusion123",
        "perfusion1234",
        "perfusionist",
        "perfusionist1",
        "perfusionist123",
        "q1w2e3r4t5y6",
        "qazwsxedcrfv",
        "qwerty123456",
        "qwertyqwerty",
        "qwertyuiop12",
        "qwertyuiop123",
        "qwertyuiopas",
        "qwertyuiopasdf",
        "qwertyuiopasdfghjkl",
        "student12345",
        "superman1234",
        "unknown12345",
        "welcome12345",
        "welcomewelcome",
        "zaq12wsxcde3",
    ]
)


def weakness(password: str, email: str) -> str | None:
    """Why this password may not be the one of the account `email`, in the user's words; None when it may."""
    lowered = password.lower()
    answers: Mapping[str, bool] = {
        f"Use at least {PASSWORD_LEAST} characters; this has {len(password)}.": len(password) < PASSWORD_LEAST,
        f"Use at most {PASSWORD_MOST} characters; this has {len(password)}.": len(password) > PASSWORD_MOST,
        "Use something else than your e-mail address.": lowered.strip() == email.lower(),
        "This is one of the first passwords that anybody tries; use one of your own.": lowered in COMMON
        or len(set(lowered)) < DIFFERENT_LEAST,
    }
    return next((words for words, holds in answers.items() if holds), None)

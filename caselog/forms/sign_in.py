"""The forms of signing in and of passwords."""

from typing import Any

from wtforms.validators import ValidationError

from caselog.domain.passwords import PASSWORD_MOST, weakness
from caselog.forms.base import CaselogForm, EmailField, LineField, Needed, PasswordField


def _not_endless(_form: object, field: PasswordField) -> None:
    if len(field.data) > PASSWORD_MOST:
        raise ValidationError(f"A password has at most {PASSWORD_MOST} characters.")


class SignInForm(CaselogForm):
    email = EmailField("E-mail", [Needed("Give your e-mail address.")])
    password = PasswordField("Password", [Needed("Give your password."), _not_endless])


class DeleteAccountForm(CaselogForm):
    """One's password, and a word that nobody types by mistake."""

    password = PasswordField("Your password", [Needed("Give your password."), _not_endless])
    word = LineField("Type “delete”", [Needed("Type the word delete.")], most=20)

    def validate_word(self, field: LineField) -> None:
        if field.data.strip().lower() != "delete":
            raise ValidationError("Type the word delete, or go back to your account.")


class _NewPasswordForm(CaselogForm):
    """Choose a password for the account `account_email`, and type it twice."""

    def __init__(self, *, account_email: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.account_email = account_email

    def validate_password(self, field: PasswordField) -> None:
        if message := weakness(field.data, self.account_email):
            raise ValidationError(message)

    def validate_repeated(self, field: PasswordField) -> None:
        if field.data != self["password"].data:
            raise ValidationError("This is not the same as the new password; type both again.")


class SetPasswordForm(_NewPasswordForm):
    password = PasswordField("New password", [Needed("Choose a password.")])
    repeated = PasswordField("New password again", [Needed("Type the new password a second time.")])


class ChangePasswordForm(_NewPasswordForm):
    current = PasswordField("Current password", [Needed("Give your current password."), _not_endless])
    password = PasswordField("New password", [Needed("Choose a password.")])
    repeated = PasswordField("New password again", [Needed("Type the new password a second time.")])

"""What a database says when it refuses a row, without the row."""

from sqlalchemy import exc as sa_exc


def forget_rows(error: BaseException | None) -> None:
    """Cut what PostgreSQL says of the row that it refused, which people typed, off an error before it is logged."""
    while error:
        if isinstance(error, sa_exc.DBAPIError) and isinstance(error.orig, Exception):
            for told in (error, error.orig):
                told.args = tuple(str(argument).partition("\nDETAIL:")[0] for argument in told.args)
        error = error.__cause__ or error.__context__

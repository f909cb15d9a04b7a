"""What the API answers when it refuses; the same for every route of it."""

from typing import Any

from pydantic import BaseModel


class Problem(BaseModel):
    """Why something was not done."""

    error: str


_WHY = {
    400: "It cannot be done so; `error` says what to change.",
    401: "Nobody is signed in, or the token is not valid.",
    403: "Your roles do not allow it, or the form's token is missing.",
    404: "There is no such thing, or not for you.",
    409: "It moved, somebody else was first, or works at it.",
    422: "What was sent cannot be read.",
    503: "It may work if it is tried again.",
}
REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": why} for status, why in _WHY.items()
}

"""All of the planner's next questions, in the order of a meeting."""

from collections.abc import Callable

from . import calendar, certificates, experts, moved, promises, stars, targets, years
from .answer import Answer, Asked

QUESTIONS: tuple[Callable[[Asked], Answer | None], ...] = (
    moved.answer,
    targets.answer,
    stars.answer,
    certificates.answer,
    calendar.answer,
    promises.answer,
    experts.answer,
    years.answer,
)


def every(asked: Asked) -> tuple[Answer, ...]:
    """Answer each question that can be asked of these tables."""
    return tuple(answer for question in QUESTIONS if (answer := question(asked)) is not None)

"""What is asked about a province's forecast, and what an answer to it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from ocop_forecast.i18n.catalogue import label
from ocop_forecast.models.projection import Projection
from ocop_forecast.planning.explanation import Explanation
from ocop_forecast.planning.outlook import Outlook
from ocop_forecast.planning.support import Plan
from ocop_forecast.tables.province import Province

if TYPE_CHECKING:
    from ocop_forecast.plots import Axes


@dataclass(frozen=True, eq=False)
class Asked:
    """What every question is asked of: a province, its forecast, and what was made of it.

    Parameters
    ----------
    province : Province
        As from `read_province`.
    projection : Projection
        As from `project`.
    outlook : Outlook
        As from `assess`.
    plan : Plan, optional
        As from `support`; None where no budget was given.
    explanation : Explanation, optional
        As from `explain`; None where there is no earlier run.
    """

    province: Province
    projection: Projection
    outlook: Outlook
    plan: Plan | None = None
    explanation: Explanation | None = None

    @property
    def seed(self) -> int:
        """The seed of every draw."""
        return self.projection.seed


@dataclass(frozen=True, eq=False)
class Answer:
    """A question's answer, in the reader's language; page, workbook and notebook show the same.

    Parameters
    ----------
    name : str
        The question's key: the catalogues hold its title as ``answer_<name>`` (short enough for a sheet's
        name: 31 letters), and the picture's file bears it.
    sentences : tuple of str
        The answer itself, and then what it rests on; a line each. Where the tables do not hold what is asked
        for, the one sentence that says so and what to enter.
    table : DataFrame, optional
        The figures, numbers as numbers; its index a unit's code or another name of the row, columns named by
        keys ``column_<name>`` of the catalogues.
    styles : mapping of str to str
        How each column that is shown is written, in their order: ``whole``, ``tenths``, ``share``, ``points``
        (what is added to a chance) or ``text``, as in `reporting.sheets.STYLES`. A share whose name begins
        with ``p_`` is a chance: where none has earned a per cent it is said in words, as are points.
    draw : callable, optional
        Draws its one picture; called only where it is shown.
    """

    name: str
    sentences: tuple[str, ...]
    table: pd.DataFrame | None = None
    styles: Mapping[str, str] = field(default_factory=dict)
    draw: "Callable[[], Axes] | None" = None

    @property
    def title(self) -> str:
        """The question."""
        return label(f"answer_{self.name}")

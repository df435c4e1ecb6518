"""What a run is asked for besides its data: what moves its numbers and words, and how it is done."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What a run's numbers and words depend on, besides its inputs.

    Attributes
    ----------
    draws, seed : int
        Possible futures drawn, and the seed that makes them the same again.
    units_as, count_by : str
        The units forecast and the year that counts, as in `read_province`.
    budget : int
        VND for support, 0 for no plan of it.
    goal : {"units", "products", "province"}
        What the plan does most for, as in `support`.
    """

    draws: int = 4000
    seed: int = 2024
    lang: str = "vi"
    units_as: str = ""
    count_by: str = "decision"
    budget: int = 0
    goal: str = "units"


@dataclass(frozen=True)
class Means:
    """How a run executes its notebooks and lays out its note; none of it moves a number.

    Attributes
    ----------
    workers : int, optional
        Notebooks executed at a time; the machine's processors and one more unless given.
    scheduler : str
        The address of a Dask scheduler, as ``tcp://host:8786``, whose workers execute them instead.
    seconds : int
        How long one cell of a notebook may take.
    note_template : str
        The office's own template of the note, a .docx; empty for the one that comes with the tool. What is
        in it belongs to the run's inputs.
    """

    workers: int | None = None
    scheduler: str = ""
    seconds: int = 600
    note_template: str = ""

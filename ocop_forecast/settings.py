"""What a run is asked for besides its data: what moves its numbers and words, and how it is done."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What a run's numbers and words depend on, besides its inputs."""

    draws: int = 4000  # possible futures drawn
    seed: int = 2024  # which makes them the same again
    lang: str = "vi"
    units_as: str = ""  # the units forecast, as in `read_province`
    count_by: str = "decision"  # the year that counts, as in `read_province`
    budget: int = 0  # VND for support, 0 for no plan of it
    goal: str = "units"  # what the plan does most for, as in `support`: or "products", "province"


@dataclass(frozen=True)
class Means:
    """How a run executes its notebooks and lays out its note; none of it moves a number."""

    # notebooks at a time, or provinces; None: the processors that may be used and one more; 0: in this very
    # process, which is one of those already
    workers: int | None = None
    scheduler: str = ""  # of Dask, as tcp://host:8786, whose workers execute them instead
    seconds: int = 600  # how long one cell of a notebook may take
    # the office's own template of the note, a .docx, whose words belong to the run's inputs; empty for ours
    note_template: str = ""

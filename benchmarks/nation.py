"""What many provinces cost by one command: locally, on a cluster, and how that grows; one table.

    python benchmarks/nation.py [--provinces N] [--few N] [--units N] [--notebooks] [--draws N]

Simulated provinces, each a folder of tables, made by `run_all` in a process of its own. Seconds are of the
wall and of processors, these of all processes together; memory is the most that all of them held together, in
proportional shares. `reading` is until all have been read and checked, the start of processes included;
`making` is the rest, the summary included; `a province` is the mean of the tasks themselves. The last lines
are on paper: the tasks that were measured, dealt out to more processors, the largest first. Linux only.
"""

import argparse
import heapq
import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from batch import ran, tell, timed, watched

AS_OF = "2024-09"
PAPER = {"2 processors": 2, "8 machines of 4 processors": 32}
WAYS = {"1 worker": (1, False), "2 workers": (2, False), "LocalCluster of 2 workers": (2, True)}


def province(folder: Path, number: int, units: int) -> None:
    """Write the tables of a simulated province into a folder."""
    import pandas as pd

    from ocop_forecast.evaluation.simulated_counts import simulate

    known = simulate(seed=number, as_of=AS_OF, units=units)
    codes = dict(zip(known.panel, (f"{number:02}{at:03}" for at in range(1, units + 1)), strict=True))
    names = {"province": f"{number:02}", "province_name": f"Tỉnh {number}"}
    listed = pd.DataFrame(
        {"unit": codes.values(), "name": [f"Xã {code}" for code in codes.values()], **names}
    )
    counts = known.panel.rename_axis("month").stack()
    rows = counts[counts > 0].index.repeat(counts[counts > 0]).to_frame(index=False)
    rows["product"] = [f"Sản phẩm {number}-{at}" for at in rows.index]
    rows["decision_date"] = rows["month"].dt.to_timestamp("D").dt.strftime("%Y-%m-15")
    register = rows.assign(unit=rows["unit"].map(codes), stars=3, kind="new").drop(columns="month")
    folder.mkdir(parents=True)
    targets = known.targets.assign(unit=known.targets["unit"].map(codes))
    for name, table in {"units": listed, "targets": targets, "register": register}.items():
        table.to_csv(folder / f"{name}.csv", index=False)


def made(folder: Path, workers: int, cluster: bool, notebooks: bool, draws: int) -> dict:
    """Make all provinces of a folder; return the seconds of the parts, and of each province's task."""
    import ocop_forecast as ocop
    from ocop_forecast.settings import Means, Settings

    begin, at, tasks = time.perf_counter(), {}, []

    def listen(event):
        at[event["event"]] = time.perf_counter() - begin
        if event["event"] == "province":
            assert event["status"] == "done", event["reason"]
            tasks.append(event["seconds"])

    terms = {
        "as_of": AS_OF,
        "out": folder.parent / "out",
        "settings": Settings(draws=draws),
        "listen": listen,
    }
    with ExitStack() as kept:
        means = Means(workers)
        if cluster:
            from distributed import LocalCluster

            terms_of = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": None}
            means = Means(scheduler=kept.enter_context(LocalCluster(**terms_of)).scheduler_address)
        ended = ocop.run_all(folder, means=means, only_pack=not notebooks, **terms)
    assert not ended.refused | ended.failed, ended
    return {"reading s": at["started"], "making s": at["ended"] - at["started"], "tasks": tasks}


def measured(count: int, way: str, asked: argparse.Namespace) -> dict:
    """Make so many provinces one way, in a folder of its own; return what it cost."""
    tell(f"{count} provinces, {way}")
    workers, cluster = WAYS[way]
    with TemporaryDirectory() as name:
        for number in range(1, count + 1):
            province(Path(name, "provinces", f"{number:02}"), number, asked.units)
        given = [Path(name, "provinces"), workers, int(cluster), int(asked.notebooks), asked.draws]
        with watched() as held, timed(resource.RUSAGE_CHILDREN) as seconds:
            said = ran(Path(name), [sys.executable, __file__, "made", *given])
    found = json.loads(said.splitlines()[-1])
    mean = sum(found["tasks"]) / count
    return {"provinces": count, "on": way} | seconds | found | {"a province s": mean} | held


def rows(asked: argparse.Namespace) -> Iterator[dict]:
    """Measure few provinces and many, one way after the other."""
    for way in WAYS:
        for count in (asked.few, asked.provinces):
            yield measured(count, way, asked)


def dealt(tasks: list[float], processors: int) -> float:
    """Return the seconds until all tasks are done, the largest first, each to the processor that is free.

    >>> dealt([3, 3, 2, 2, 2], 2)
    7
    """
    free = [0] * processors
    for task in sorted(tasks, reverse=True):
        heapq.heapreplace(free, free[0] + task)
    return max(free)


def paper(measured: list[dict]) -> Iterator[str]:
    """Yield what the tasks of the last row of one worker would take elsewhere.

    Reading grows with the provinces: what it takes without any is what no further processor makes shorter,
    and so is what making them takes beside the tasks.
    """
    few, many = [row for row in measured if row["on"] == "1 worker"]
    count, tasks = many["provinces"], many["tasks"]
    each = max(0.0, (many["reading s"] - few["reading s"]) / (count - few["provinces"]))
    serial = max(0.0, many["reading s"] - each * count) + max(0.0, many["making s"] - sum(tasks))
    for place, processors in PAPER.items():
        wall = serial + dealt([each] * count, processors) + dealt(tasks, processors)
        busy = (each * count + sum(tasks)) / (wall * processors)
        said = f"{wall:.0f} s, {serial:.0f} s of them serial; {busy:.0%} busy."
        yield f"On paper, {count} provinces on {place}: {said}"


def main() -> None:
    """Read the command line, measure, print."""
    import pandas as pd

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--provinces", type=int, default=34, help="how many [default: 34]")
    parser.add_argument("--few", type=int, default=4, help="how many to see the growth from [default: 4]")
    parser.add_argument("--units", type=int, default=120, help="communes of a province [default: 120]")
    parser.add_argument(
        "--notebooks", action="store_true", help="execute all notebooks too, which takes hours"
    )
    parser.add_argument("--draws", type=int, default=4000, help="possible futures drawn [default: 4000]")
    asked = parser.parse_args()
    found = list(rows(asked))
    print(f"{os.cpu_count()} processors; provinces of {asked.units} units, {asked.draws} draws.")
    print(pd.DataFrame(found).drop(columns=["tasks", "looking"]).round(1).to_string(index=False))
    print(*paper(found), sep="\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["made"]:
        folder, workers, *more = sys.argv[2:]
        print(json.dumps(made(Path(folder), int(workers), *map(int, more))))
    else:
        main()

"""Kill runs of the embedded data at random moments, let each go on, and hold it against an undisturbed one.

    python tests/kills.py [--kills 50] [--seed 1] [--provinces 0] [--units 27] [--more="--only-pack"]

Each kill is SIGKILL to the run alone, as a power cut or a task manager would; then the same command is given
again. A run that ends is compared (hashes of tables and pages, notebooks but for their times), and the next
one begins in a new folder. With `--provinces` it is `run-all` on so many simulated provinces, killed at
random moments. Tests of runs and of many provinces do the same with a smaller office and fewer kills.
"""

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from pathlib import Path

import countries
from offices import contents, executed, gone, left_over, started

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))
from nation import AS_OF, province

LONGEST = 12.0  # seconds until a kill


def main(kills: int, seed: int) -> None:
    """Kill so many times; print at which point, and whether every run ended as the undisturbed one."""
    draw, mark, points = random.Random(seed), uuid.uuid4().hex, Counter()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        process = started("--out", out / "undisturbed", mark=mark)
        process.communicate()
        assert process.returncode == 0
        wanted, ended = contents(out / "undisturbed" / "2024-09"), 0
        while points.total() < kills:
            process = started("--out", out / "killed", mark=mark)
            try:
                process.communicate(timeout=draw.uniform(0.3, LONGEST))
                check(out / "killed" / "2024-09", wanted)
                shutil.rmtree(out / "killed")
                ended += 1
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                assert gone(mark), left_over(mark)
                points[point(out / "killed" / "2024-09.unfinished")] += 1
        process = started("--out", out / "killed", mark=mark)
        process.communicate()
        check(out / "killed" / "2024-09", wanted)
    print(f"{kills} kills, {ended + 1} runs ended, each as the undisturbed one")
    for when, count in points.most_common():
        print(f"  {count:3} {when}")


def kill_all(kills: int, seed: int, provinces: int, units: int, more: list[str]) -> None:
    """Kill `run-all` so many times; print when, and whether it then ended as the undisturbed one."""
    draw, mark = random.Random(seed), uuid.uuid4().hex
    with tempfile.TemporaryDirectory() as name:
        for number in range(1, provinces + 1):
            province(Path(name, "provinces", f"{number:02}"), number, units)

        def begun(out):
            return countries.started(Path(name, "provinces"), "--out", Path(name, out), *more, mark=mark)

        start = time.monotonic()
        print(begun("undisturbed").communicate()[0].strip())
        whole = time.monotonic() - start
        for moment in sorted(draw.uniform(0.02, 0.6) * whole for _ in range(kills)):
            process = begun("killed")
            try:
                process.communicate(timeout=moment)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
            assert gone(mark), left_over(mark)
            ended, open_ = (
                len([*Path(name, "killed").glob(f"*/{AS_OF}{end}")]) for end in ("", ".unfinished")
            )
            print(f"killed after {moment:.0f} of {whole:.0f} s: {ended} provinces ended, {open_} begun")
        process = begun("killed")
        process.communicate()
        assert process.returncode == 0
        both = [countries.all_contents(Path(name, out)) for out in ("undisturbed", "killed")]
        assert both[0] == both[1]
        assert len(both[0]) == provinces + 1
        print(f"{provinces} provinces of {units} units, {kills} kills: all as undisturbed, nobody left over")


def check(folder: Path, wanted: dict) -> None:
    """Complain unless a run that ended has just the contents of the undisturbed one."""
    assert contents(folder) == wanted
    assert not folder.with_name("2024-09.unfinished").exists()


def point(folder: Path) -> str:
    """Return at which point a run stood when it was killed."""
    if not (folder / "journal.jsonl").exists():
        return "before anything was written"
    done = len(set(executed(folder)))
    return "before or while the tables were written" if not done else f"with {done} notebooks done"


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--kills", type=int, default=50)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--provinces", type=int, default=0)
    asked.add_argument("--units", type=int, default=27)
    asked.add_argument("--more", type=str.split, default=[], help="options of run-all")
    given = vars(asked.parse_args())
    if given["provinces"]:
        kill_all(**given)
    else:
        main(given["kills"], given["seed"])

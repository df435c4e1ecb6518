"""Kill runs of the embedded data at random moments, let each go on, and hold it against an undisturbed one.

    python tests/kills.py [--kills 50] [--seed 1]

Each kill is SIGKILL to the run alone, as a power cut or a task manager would; then the same command is given
again. A run that ends is compared (hashes of tables and pages, notebooks but for their times), and the next
one begins in a new folder. `test_batch.py` does the same with a smaller office and fewer kills.
"""

import argparse
import random
import shutil
import subprocess
import tempfile
import uuid
from collections import Counter
from pathlib import Path

from offices import contents, executed, gone, left_over, started

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
    main(**vars(asked.parse_args()))

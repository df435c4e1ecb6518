"""Show how many branches the tests took, a module a line; fail where the statistical core's are under 95 %.

python tools/branches.py COVERAGE.json
"""

import json
import sys
from pathlib import Path

WANTED = 0.95
CORE = ("models", "planning", "evaluation", "scores.py")


def line(name, told, missed=()):
    """Return a module's line: its branches taken, of how many, and from which line to which none went."""
    taken, branches = told["summary"]["covered_branches"], told["summary"]["num_branches"]
    share = f"{taken / branches:7.1%}" if branches else "      –"
    left = ", ".join(f"{start}-{end if end > 0 else 'end'}" for start, end in missed)
    return f"{name:36}{taken:5} of {branches:4}{share}   {left}".rstrip()


def main(path):
    """Print the core, then the other modules; return the exit code."""
    files = json.loads(Path(path).read_text(encoding="utf-8"))["files"]
    modules = {name.partition("/")[2]: told for name, told in files.items()}
    core = {name: told for name, told in modules.items() if name.startswith(CORE)}
    if unseen := [room for room in CORE if not any(name.startswith(room) for name in core)]:
        sys.exit(f"these rooms of the core were not measured: {', '.join(unseen)}")
    taken, branches = (
        sum(one["summary"][f"{of}_branches"] for one in core.values()) for of in ("covered", "num")
    )
    lines = ["The other modules, as far as these tests go into them:", ""]
    lines += [line(name, modules[name]) for name in sorted(set(modules) - set(core))]
    lines += ["", "The statistical core, and from which line to which none went:", ""]
    lines += [line(name, told, told["missing_branches"]) for name, told in sorted(core.items())]
    lines += ["", f"Of its {branches} branches {taken / branches:.1%} were taken; wanted: {WANTED:.0%}."]
    print("\n".join(lines))
    return 0 if taken >= WANTED * branches else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

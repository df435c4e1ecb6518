"""Measure the house: its rooms, their modules and lines, the imports between them, and the way of a run.

python tools/house.py [CHECKOUT]

Of a checkout, this one unless another is given, it prints a line a room, then of the whole: functions of more
than 40 lines and of more than 6 parameters, public names, lines. Then it makes a run without notebooks and
counts the doors that it goes through: pairs of functions of two modules of which one calls the other, those
between two rooms, and those that climb, where the caller's module lies below the module that it calls into.
"""

import ast
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1]).resolve()
PACKAGE = ROOT / "ocop_forecast"
TREES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts): ast.parse(path.read_text(encoding="utf-8"))
    for path in PACKAGE.rglob("*.py")
    if path.name != "__init__.py"
}


def room(module: str) -> str:
    """Return the room of a module: its folder, or "top" for one that lies beside the rooms."""
    parts = module.split(".")
    return parts[1] if len(parts) > 2 else "top"


@cache
def imports(module: str) -> set[str]:
    """Return the modules of the package that a module imports, wherever in the file."""
    found = set()
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.ImportFrom):
            home = module.split(".")[: -node.level] if node.level else []
            name = ".".join([*home, *([node.module] if node.module else [])])
            found |= {name, *(f"{name}.{alias.name}" for alias in node.names)}
    return found & TREES.keys()


@cache
def depth(module: str) -> int:
    """Return on how many floors of imports a module stands."""
    return 1 + max(map(depth, imports(module)), default=0)


def lines(module: str) -> int:
    """Return the lines of a module."""
    path = ROOT / Path(*module.split(".")).with_suffix(".py")
    return len(path.read_text(encoding="utf-8").splitlines())


def functions() -> list[ast.FunctionDef]:
    """Return every function of the package."""
    return [node for tree in TREES.values() for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def arguments(function: ast.FunctionDef) -> int:
    """Return how many parameters a function has, besides self and cls."""
    asked = function.args.posonlyargs + function.args.args + function.args.kwonlyargs
    return sum(one.arg not in ("self", "cls") for one in asked)


def body(function: ast.FunctionDef) -> int:
    """Return the lines of a function without its docstring."""
    told = function.body[0] if ast.get_docstring(function) else None
    return function.end_lineno - function.lineno + 1 - (told.end_lineno - told.lineno + 1 if told else 0)


def doors() -> set[tuple[str, str, str, str]]:
    """Make a run without notebooks; return (module, function, module, function) for each call between two."""
    found, files = set(), {str(ROOT / Path(*name.split(".")).with_suffix(".py")): name for name in TREES}

    def watch(frame, event, _):
        if event == "call" and frame.f_back:
            here, there = files.get(frame.f_back.f_code.co_filename), files.get(frame.f_code.co_filename)
            if here and there and here != there:
                found.add((here, frame.f_back.f_code.co_name, there, frame.f_code.co_name))

    from ocop_forecast.cli import main

    with TemporaryDirectory() as folder:
        sys.settrace(watch)
        try:
            main(["run", "--units", "", "--budget", "1.5e9", "--draws", "200", "--out", folder])
        except SystemExit:
            pass
        finally:
            sys.settrace(None)
    return found


def main() -> None:
    """Print it all."""
    sys.path.insert(0, str(ROOT))
    import ocop_forecast

    rooms = Counter(map(room, TREES))
    between = Counter(room(name) for name in TREES for other in imports(name) if room(other) != room(name))
    print(f"{'room':14}{'modules':>8}{'lines':>8}{'imports of other rooms':>24}")
    for name, count in sorted(rooms.items()):
        size = sum(lines(module) for module in TREES if room(module) == name)
        print(f"{name:14}{count:8}{size:8}{between[name]:24}")
    print(
        f"package: {len(TREES)} modules, {sum(map(lines, TREES))} lines, "
        f"{sum(between.values())} imports between rooms"
    )
    print(f"functions over 40 lines: {sum(body(one) > 40 for one in functions())}")
    print(f"functions of more than 6 parameters: {sum(arguments(one) > 6 for one in functions())}")
    print(f"public names: {len(ocop_forecast.__all__)}")
    calls = doors()
    across = sum(room(here) != room(there) for here, _, there, _ in calls)
    climbs = sum(depth(here) < depth(there) for here, _, there, _ in calls)
    print(f"doors of a run: {len(calls)} between modules, {across} between rooms, {climbs} climb")


if __name__ == "__main__":
    main()

"""Measure the house: its rooms, their modules and lines, the imports between them, and the way of a run.

python tools/house.py [CHECKOUT]

Of a checkout, this one unless another is given, it prints a line a room, then of the whole: functions of more
than 40 lines and of more than 6 parameters, public names, lines. Then it makes a run without notebooks, from
the register to the page, and follows it into each function that it has not been in: how many modules it stays
in one after the other, how many different ones they are, and how often it climbs from one to another that
stands higher. Last it counts the doors: pairs of functions of two modules of which one calls the other, and
those between rooms.
"""

import ast
import sys
from collections import Counter
from functools import cache
from itertools import pairwise
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


def followed() -> tuple[list[str], set[tuple[str, str, str, str]]]:
    """Make a run without notebooks; return the modules of functions as they are first entered, and doors."""
    files = {str(ROOT / Path(*name.split(".")).with_suffix(".py")): name for name in TREES}
    entered, doors = {}, set()

    def watch(frame, *_):
        there = files.get(frame.f_code.co_filename)
        if there and frame.f_back:
            entered.setdefault((there, frame.f_code.co_qualname), there)
            here = files.get(frame.f_back.f_code.co_filename)
            if here and here != there:
                doors.add((here, frame.f_back.f_code.co_name, there, frame.f_code.co_name))

    from ocop_forecast.cli import main

    with TemporaryDirectory() as folder:
        sys.settrace(watch)
        try:
            main(["run", "--only-pack", "--budget", "1.5e9", "--draws", "200", "--out", folder])
        except SystemExit:
            pass
        finally:
            sys.settrace(None)
    return [*entered.values()], doors


def stays(modules: list[str]) -> list[str]:
    """Return the modules one after the other, each once for as long as it is not left."""
    return [name for at, name in enumerate(modules) if not at or modules[at - 1] != name]


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
    modules, doors = followed()
    way = stays(modules)
    climbs = sum(depth(here) < depth(there) for here, there in pairwise(way))
    print(f"way from the register to the page: {len(way)} stays in {len({*way})} modules, {climbs} climbs")
    rooms_on_it = stays([room(module) for module in way])
    print(f"of rooms: {len(rooms_on_it)} stays in {len({*rooms_on_it})}")
    across = sum(room(here) != room(there) for here, _, there, _ in doors)
    print(f"doors: {len(doors)} between modules, {across} of them between rooms")


if __name__ == "__main__":
    main()

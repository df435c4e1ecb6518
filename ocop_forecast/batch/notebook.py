"""A notebook that comes with the tool, as any editor left it: its cells, and the parameters it takes.

What executing or saving it leaves in the file is no part of it: the same cells are the same text.
"""

import ast
import json
import warnings
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from itertools import accumulate
from pathlib import Path

from ocop_forecast.errors import RunError

VERSION = 4  # of the format
KERNEL = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
LEFT = {
    "injected-parameters",
    "papermill-error-cell-tag",
}  # by papermill, in one executed in its place


def read(path: Path, names: AbstractSet[str]) -> str:
    """Read a notebook that takes the parameters `names`, and no others; return its text.

    Raises
    ------
    RunError
        If it is not there, cannot be read, is no notebook, has a cell that is no Python, or takes other
        parameters.
    """
    cells = [cell for cell in _cells(path) if cell["source"].strip() and not LEFT & {*_tags(cell)}]
    for number, cell in enumerate(cells, 1):
        cell["id"] = f"cell-{number:02}"  # older formats have none, and some editors give new ones
    text = json.dumps({"cells": cells, "metadata": KERNEL, "nbformat": VERSION, "nbformat_minor": 5})
    if parameters_of(text) != names:
        raise RunError("notebook_parameters", path=path, names=", ".join(sorted(names)))
    return text


def parameters_of(notebook: str) -> set[str]:
    """List a notebook's parameters: the names that its cell tagged so sets, each in a line of its own.

    papermill itself only warns of an unknown parameter, and without the tag it runs the default district.

    Examples
    --------
    >>> cell = {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": 'unit: str = "389"'}
    >>> parameters_of(json.dumps({"cells": [cell]}))
    {'unit'}
    """
    tagged = filter(_is_tagged, json.loads(notebook)["cells"])
    return {name for cell in tagged for name, _ in _assigned(_python(cell["source"]))}


def filled(notebook: str, given: Mapping[str, str]) -> str:
    """Write what a notebook is given into its cell of parameters, where its own values stood.

    So whoever executes the notebook again, for another district or in another language, goes on from there.

    Examples
    --------
    >>> cell = {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": 'unit = "389"  # code'}
    >>> json.loads(filled(json.dumps({"cells": [cell]}), {"unit": "390"}))["cells"][0]["source"]
    'unit = "390"  # code'
    """
    made = json.loads(notebook)
    for cell in filter(_is_tagged, made["cells"]):
        cell["source"] = _with_values(_python(cell["source"]), given)
    return json.dumps(made)


def _with_values(source, given):
    """Write values into the assignments of a cell; all else in it stays, to the last comment."""
    text = source.encode()  # where a value stands is told in bytes
    starts = [0, *accumulate(map(len, text.splitlines(keepends=True)))]
    for name, value in reversed([*_assigned(source)]):
        begin = starts[value.lineno - 1] + value.col_offset
        end = starts[value.end_lineno - 1] + value.end_col_offset
        text = text[:begin] + json.dumps(given[name], ensure_ascii=False).encode() + text[end:]
    return text.decode()


def _assigned(source):
    """Yield the names that plain Python assigns in lines of their own, each with what is assigned."""
    for line in ast.parse(source).body:
        targets = line.targets if isinstance(line, ast.Assign) else [getattr(line, "target", None)]
        value = line.value if isinstance(line, (ast.Assign, ast.AnnAssign)) else None
        if value is not None and len(targets) == 1 and isinstance(targets[0], ast.Name):
            yield targets[0].id, value


def _python(source):
    """Return the plain Python that a cell means: magics are calls."""
    from IPython.core.inputtransformer2 import TransformerManager

    return TransformerManager().transform_cell("".join(source)).rstrip("\n")


def _cells(path):
    """Read the cells of a notebook's file; raise RunError if it holds none."""
    try:
        return [_cell(path, *one) for one in enumerate(_content(path)["cells"], 1)]
    except FileNotFoundError as error:
        raise RunError("notebook_missing", path=path) from error
    except OSError as error:
        raise RunError("notebook_unreadable", path=path, reason=error.strerror) from error
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise RunError("notebook_broken", path=path, reason=reason) from error


def _content(path):
    """Read a notebook's file as JSON in our version of the format."""
    content = json.loads(path.read_bytes().decode("utf-8-sig"))
    if content["nbformat"] > VERSION:
        raise RunError("notebook_newer", path=path, version=content["nbformat"])
    return content if content["nbformat"] == VERSION else _upgraded(content)


def _upgraded(content):
    """Return a notebook of an older format in ours."""
    import nbformat  # slow, and seldom needed

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return nbformat.convert(nbformat.from_dict(content), VERSION)
        except nbformat.ValidationError as error:
            raise ValueError(error.message) from error


def _cell(path, number, cell):
    """Return a cell without what executing it left; raise RunError if it is code, and no Python."""
    kind, source = cell["cell_type"], "".join(cell["source"]).replace("\r\n", "\n")
    if kind not in ("code", "markdown", "raw"):
        raise ValueError(f"a cell of type {kind!r}")
    if kind == "code":
        _check(path, number, source)
    empty: dict = {"execution_count": None, "outputs": []} if kind == "code" else {}
    pictures = {"attachments": cell["attachments"]} if "attachments" in cell else {}
    known = {"tags": _tags(cell)} if _tags(cell) else {}
    known |= {"jupyter": {"source_hidden": True}} if kind == "code" else {}  # whoever opens it, reads first
    return {"cell_type": kind, "id": "", "metadata": known, "source": source, **empty, **pictures}


def _check(path, number, source):
    """Raise RunError for a cell that is no Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(_python(source))
    except SyntaxError as error:
        terms = {"cell": number, "line": error.lineno, "reason": error.msg}
        raise RunError("notebook_cell", path=path, **terms) from error


def _tags(cell):
    return cell["metadata"].get("tags", [])


def _is_tagged(cell):
    return "parameters" in _tags(cell)

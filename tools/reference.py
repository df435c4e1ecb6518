"""Write the generated parts of the documents anew, from commands, contracts, docstrings and labels.

python tools/reference.py            writes them
python tools/reference.py --check    writes nothing, and names the documents that are behind

A generated part stands between two comments, of which the first says what is wanted. In a table whose last
column is called "Meaning" that column is written by hand and kept; a new row asks for it with a "?".
"""

import inspect
import re
import sys
from functools import cached_property
from importlib import import_module
from pathlib import Path

from click.testing import CliRunner

import ocop_forecast as ocop
from ocop_forecast.cli import main as commands
from ocop_forecast.i18n.catalogue import in_all_languages, sentences
from ocop_forecast.tables import schema
from ocop_forecast.tables.vocabulary import shipped

DOCS = Path(__file__).resolve().parents[1] / "docs"
WIDTH = 98  # of a help text in a terminal of 100 columns
PART = re.compile(r"(<!-- generated: (.+?) -->\n)(.*?)(<!-- end of generated -->)", re.S)
UNTOLD = "?"
VOCABULARY = "../ocop_forecast/tables/words.csv"
SHOWN = 5  # words of one meaning; the others stand in the vocabulary
# place in docs/data.md: what the headers are of, and the headers
SHARED = {
    "headers-of-a-unit": ("a unit", schema.UNIT_HEADERS),
    "headers-of-a-commune": ("a commune", schema.COMMUNE_HEADERS),
}
# heading of page, workbook or note: the columns of files it stands over, where they are called otherwise
ELSEWHERE = {
    "interval": ("lower", "upper"),
    "reason": ("reason_vi", "reason_en"),
    "why": ("why_vi", "why_en"),
    "money_spent": ("money",),
    **dict.fromkeys(
        ("because", "assumption", "value", "lowest", "highest", "source", "count", "note", "said"), ()
    ),
}


def renewed(text: str) -> str:
    """Return a document with its generated parts as they are to be."""
    return PART.sub(lambda found: f"{found[1]}\n{_part(found[2], found[3])}\n\n{found[4]}", text)


def _part(wanted, before):
    kind, *names = wanted.split()
    return "\n\n".join(PARTS[kind](name, before) for name in names)


# the command line


def _help(command, _before):
    """Return what a command prints when it is asked for help; `ocop-forecast` itself for all of them."""
    own = [] if command == "ocop-forecast" else [command]
    terms = {"prog_name": "ocop-forecast", "terminal_width": WIDTH}
    done = CliRunner().invoke(commands, [*own, "--help"], **terms)
    return f"```text\n{done.stdout.rstrip()}\n```"


# the API


def _api(name, _before):
    """Return a name's section: how it is called, what it is, what it holds, and an example that runs."""
    value, called = _named(name), name.rpartition(".")[2]
    words, examples = _told(value)
    parts = [f"### `{called}`", f"`{called}{_signature(value)}`" if name == called else "", words]
    if inspect.isclass(value):
        parts.append("\n".join([*_attributes(value), *_members(value)]))
    if examples:
        parts.append(f"```pycon\n{examples}\n```")
    return "\n\n".join(filter(None, parts))


def _module(name, _before):
    """Return a module's section: what it is for, and a line for each of its public functions."""
    module = import_module(f"ocop_forecast.{name}")
    own = [
        value
        for called, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not called.startswith("_")
    ]
    lines = [f"- `{one.__name__}{_signature(one)}`: {_told(one)[0]}" for one in own]
    return "\n\n".join([f"### `ocop_forecast.{name}`", _told(module)[0], "\n".join(lines)])


def _named(name):
    """Return what a public name stands for, or one of a module's, as `projection.Projection`."""
    module, _, called = name.rpartition(".")
    return getattr(import_module(f"ocop_forecast.{module}") if module else ocop, called)


def _signature(value):
    """Return how something is called, without types: the docstring tells them with units and shapes."""
    known = inspect.signature(value)
    bare = [one.replace(annotation=one.empty) for one in known.parameters.values()]
    return str(known.replace(parameters=bare, return_annotation=known.empty))


def _told(value):
    """Return the first paragraph of a docstring on one line, and its examples."""
    text = inspect.getdoc(value) or UNTOLD
    words, examples = text.split("\n\n")[0], text.partition("\nExamples\n--------\n")[2]
    return " ".join(words.split()).replace("``", "`"), examples.rstrip()


def _attributes(cls):
    """Return a line for each entry of a class's section "Attributes", with its first sentence."""
    section = (inspect.getdoc(cls) or "").partition("\nAttributes\n----------\n")[2].split("\n\n")[0]
    for entry in re.split(r"\n(?=\S)", section.strip()):
        names, _, words = entry.partition("\n")
        sentence = re.split(r"(?<=\.)\s", " ".join(words.split()))[0]
        if sentence:
            called = ", ".join(f"`{one}`" for one in names.partition(" : ")[0].split(", "))
            yield f"- {called}: {sentence.replace('``', '`')}"


def _members(cls):
    """Return a line for each public property and method of a class, in the order of the source."""
    kinds = (property, cached_property, classmethod, staticmethod)
    for name, value in vars(cls).items():
        if name.startswith("_") or not (inspect.isfunction(value) or isinstance(value, kinds)):
            continue
        called = _signature(getattr(cls, name)) if callable(getattr(cls, name)) else ""
        words = _told(getattr(value, "func", value))[0]
        yield f"- `{name}{re.sub('^[(]self(, )?', '(', called)}`: {words}"


# the input tables


def _input(name, before):
    """Return the columns of an input table: needed or not, what may stand in them, their other headers."""
    columns = schema.CONTRACTS[name].columns.items()
    rows = [[f"`{one}`", _must(column), _holds(column), _headers(column)] for one, column in columns]
    return _with_meaning(["Column", "Needed", "Holds", "Other headers"], rows, before)


def _must(column):
    return ("in every row" if not column.nullable else "yes") if column.required else ""


def _holds(column):
    """Return what may stand in a column's cells."""
    if words := column.metadata["words"]:
        return "one of " + ", ".join(f"`{word}` ({other})" for word, other in words.items())
    reads = column.metadata["reads"]
    kind = {"whole": "whole number", "stars": "number of stars", "date": "day"}.get(reads, reads)
    return ", ".join([kind, *map(_bounds, column.checks)])


def _bounds(check):
    """Return what a check of a column allows, in words."""
    known = check.statistics
    if check.error == "code_allowed":
        return "a code"
    if "allowed_values" in known:
        return " or ".join(f"`{value}`" for value in known["allowed_values"])
    low, high = (getattr(known[end], "year", known[end]) for end in ("min_value", "max_value"))
    return f"{low} to {high}"


def _headers(column):
    """Return a column's headers besides its name; those of units and communes are told once."""
    headers, told = list(column.metadata["headers"]), []
    for name, (whose, group) in SHARED.items():
        if set(group) <= set(headers):
            headers = [one for one in headers if one not in group]
            told.append(f"[those of {whose}](#{name})")
    return "; ".join([*told, *_some(headers)])


def _some(words):
    """Return the first of many words, and how many more stand in the vocabulary."""
    more = len(words) - SHOWN
    return [*words[:SHOWN], f"[{more} more]({VOCABULARY})"] if more > 2 else words


def _shared(name, _before):
    """Return the headers that several tables have for one thing."""
    return "; ".join(_some(SHARED[name][1]))


# the words


def _labels(family, before):
    """Return the words of a family of labels, as `flag` of "flag_at_risk", in both languages."""
    found = [key.removeprefix(f"{family}_") for key in sentences("vi") if key.startswith(f"{family}_")]
    found = [name for name in found if not _is_sentence(f"{family}_{name}")]
    rows = [[*_words(f"{family}_{name}"), _in_files(family, name)] for name in found]
    heads = ["Tiếng Việt", "English", "In files"]
    return _with_meaning(heads, rows, before) if family == "flag" else _table(heads, rows)


def _is_sentence(key):
    """Return whether a label is a sentence, as that of a column that is missing, and no heading or word."""
    said = [words if isinstance(words, tuple) else (words,) for words in in_all_languages(key)]
    return all(form.endswith(".") for forms in said for form in forms)


def _in_files(family, name):
    """Return what a word is called in files: a heading may stand over several columns, or over none."""
    names = ELSEWHERE.get(name, (name,)) if family == "column" else (name,)
    return ", ".join(f"`{one}`" for one in names)


def _words(key):
    """Return a label in both languages; a blank in it is that of the interval's level, or a month."""
    return [words.format(level="80", month=9) for words in in_all_languages(key)]


def _choices(name, before):
    """Return the words of a choice, as `register.kind`: the one we write, our value, what else is read."""
    table, column = name.split(".")
    said = [word for word in shipped() if word.means and word.is_of(table, column)]
    values = dict.fromkeys(one.means for one in said)
    words = {value: [one.word for one in said if one.means == value] for value in values}
    rows = [[first, f"`{value}`", "; ".join(_some(more))] for value, (first, *more) in words.items()]
    heads = ["Tiếng Việt", "In files", "Also read"]
    return _with_meaning(heads, rows, before) if " Meaning |" in before else _table(heads, rows)


# tables of Markdown


def _with_meaning(heads, rows, before):
    """Return a table with one column more, which is written by hand and stays."""
    kept = _meanings(before)
    return _table([*heads, "Meaning"], [[*row, kept.get(row[0], UNTOLD)] for row in rows])


def _meanings(before):
    """Return first cell -> last cell of the rows of a part as it stands."""
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in before.splitlines() if line.startswith("|")]
    return {row[0].strip(): row[-1].strip() for row in rows}


def _table(heads, rows):
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("|" + "|".join(f" {cell} " if cell else " " for cell in row) + "|" for row in lines)


PARTS = {
    "help": _help,
    "api": _api,
    "module": _module,
    "input": _input,
    "shared": _shared,
    "labels": _labels,
    "choices": _choices,
}


def main():
    """Write what is behind, or name it."""
    behind = []
    for path in sorted(DOCS.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        if (new := renewed(text)) != text:
            behind.append(path)
            if "--check" not in sys.argv:
                path.write_text(new, encoding="utf-8", newline="\n")
    for path in behind:
        print(path.relative_to(DOCS.parent))
    sys.exit(1 if behind and "--check" in sys.argv else 0)


if __name__ == "__main__":
    main()

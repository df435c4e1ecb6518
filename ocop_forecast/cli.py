"""The command line: one function a command; a user's mistake ends in words and an exit code."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from functools import partial
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

try:
    import click

    from ocop_forecast.i18n.catalogue import LANGUAGES, label, language, set_options

    from . import __version__, terminal
    from .errors import InputError, OcopError, RunError, StoppedError, TermsError
    from .periods import today
    from .text import money
except KeyboardInterrupt:  # nothing was begun, and nothing that could say so is there yet
    sys.exit(130)

GOALS = ("units", "products", "province")
STOPS = ("SIGTERM", "SIGHUP", "SIGBREAK")  # what a machine or a terminal sends that ends
EPILOG = """Exit codes: 0 success; 1 a defect of this tool; 2 unknown option; 3 the data or settings are
wrong; 4 the run cannot start or go on; 5 some notebooks or provinces failed; 130 the run was interrupted."""


class Commands(click.Group):
    """Commands whose OcopError is told in the reader's language, without a traceback."""

    def main(self, *args, **terms):
        """Run a command with standard streams that never stop it."""
        with terminal.standard_streams():
            return super().main(*args, **terms)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; help that cannot be printed is told as a mistake.

        The language is set before, so that what is wrong with the others is said in it.
        """
        words = " ".join(args).replace("--lang=", "--lang ").split()
        told = [word for before, word in pairwise(words) if before == "--lang"]
        if lang := next((word for word in told if word in LANGUAGES), None):
            ctx.with_resource(set_options(lang=lang))
        with _in_words(ctx):
            return super().parse_args(ctx, args)

    def resolve_command(self, ctx: click.Context, args: list[str]):
        """Find the command; name those that there are where it is none of them."""
        if self.get_command(ctx, args[0]) is None:
            names = ", ".join(self.list_commands(ctx))
            raise click.UsageError(label("typed_command", value=args[0], names=names), ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context):
        """Run the command; turn a user's mistake into words on stderr and its exit code."""
        with _in_words(ctx):
            return super().invoke(ctx)


@contextmanager
def _in_words(ctx) -> Iterator[None]:
    """Tell on stderr what went wrong, and end with its exit code; a run goes on without a reader."""
    code, asked = None, False
    try:
        yield
    except click.exceptions.Exit as end:  # help was printed, or what was found is wrong
        code, asked = end.exit_code, True
    except OcopError as error:
        code = _tell(error)
    except click.UsageError as error:
        if isinstance(error, getattr(click.exceptions, "NoArgsIsHelpError", ())):
            raise  # help was asked for
        code = _tell_usage(error)
    except KeyboardInterrupt:
        code = _tell(StoppedError("stopped"))
    except (OSError, MemoryError) as error:
        code = _tell(RunError.of(error))
    if reason := terminal.unprinted():
        needless = ctx.invoked_subcommand in ("run", "run-all") and not asked
        click.echo(label("run_unprinted" if needless else "cannot_print", reason=reason), err=True)
        code = code or (0 if needless else RunError.exit_code)
    if code is not None:
        ctx.exit(code)


def _tell(mistake):
    click.echo(mistake.tell(), err=True)
    return mistake.exit_code


def _tell_usage(error):
    known = error.ctx or click.get_current_context()
    click.echo(_mistyped(error), err=True)
    click.echo(label("typed_help", command=known.command_path), err=True)
    return error.exit_code


def _mistyped(error):
    """Say in words what click has found wrong with the command's options and arguments."""
    match error:
        case click.NoSuchOption(option_name=name, possibilities=near):
            also = label("typed_near", names=", ".join(near)) if near else ""
            return " ".join([label("typed_option", name=name), also]).rstrip()
        case click.MissingParameter(param=click.Parameter(opts=names)):
            return label("typed_missing", name=names[-1])
        case click.BadParameter(param=click.Parameter(opts=names, type=kind), message=said):
            return label("typed_value", name=names[-1], wanted=_wanted(kind) or said)
        case click.BadOptionUsage(option_name=name):
            return label("typed_nothing", name=name)
    extra = error.message.partition("(")[2].rstrip(")")
    return label("typed_extra", names=extra) if extra else error.message


def _wanted(kind):
    """Say what an option takes; "" where the option itself says what is wrong."""
    if isinstance(kind, click.Choice):
        return label("typed_choice", names=", ".join(kind.choices))
    if isinstance(kind, click.IntRange):
        key = "typed_from" if kind.max is None else "typed_between"
        return label(key, least=kind.min, most=kind.max)
    if isinstance(kind, click.FloatRange) and kind.max is not None:
        return label("typed_share")
    return label("typed_number") if isinstance(kind, click.FloatRange) else ""


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let a request to end, or the terminal's end, interrupt a run as Ctrl-C does, unless that is ignored.

    Only the main thread may say so; a run in another is ended by whoever started it.
    """
    main = threading.current_thread() is threading.main_thread()
    numbers = [getattr(signal, name) for name in STOPS if main and hasattr(signal, name)]
    before = {
        one: signal.getsignal(one) for one in numbers if signal.getsignal(one) not in (signal.SIG_IGN, None)
    }
    for one in before:
        signal.signal(one, signal.default_int_handler)
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _offscreen():
    """Draw without a window, out of reach of the reader's settings, which can keep matplotlib from starting.

    A file of settings in the current folder would come before the one that is named.
    """
    package = find_spec("matplotlib")
    assert package
    assert package.origin
    os.environ.pop("MPLBACKEND", None)
    os.environ["MATPLOTLIBRC"] = str(Path(package.origin).parent / "mpl-data" / "matplotlibrc")
    with chdir(Path(__file__).parent):
        from . import style
    style.offscreen()


data_option = click.option(
    "--data",
    default="",
    help="Folder or workbook of the province's tables, or a progress report [default: the embedded ones].",
)
as_of_option = click.option(
    "--as-of",
    help="Last month known whole, as 2024-09, or last day known, as 2024-09-19 or 19/9/2024 "
    "[default: the month of the last decision].",
)
units_as_option = click.option(
    "--units-as",
    type=click.Choice(["historic-district", "commune"]),
    default=None,
    help="Carry everything to the districts as they ever were, or to the communes since the reform of 2025 "
    "[default: the units in force at the as-of date].",
)
count_by_option = click.option(
    "--count-by",
    type=click.Choice(["decision", "programme"]),
    default="decision",
    show_default=True,
    help="Count a product to the year of its decision, or to its programme year.",
)
dossiers_option = click.option(
    "--dossiers",
    default="",
    metavar="FILE|example",
    help="A .csv or .xlsx file of dossiers, or the word example for a set that comes with the tool and is "
    "not real [default: those in DATA, if there are any].",
)
strict_option = click.option(
    "--strict",
    is_flag=True,
    help="Stop at rows, sheets and files of which it is open whether they count.",
)
out_option = click.option(
    "--out", default="outputs", show_default=True, type=click.Path(), help="Where runs lie."
)
draws_option = click.option(
    "--draws",
    type=click.IntRange(100, 100_000),
    default=4000,
    show_default=True,
    help="Possible futures drawn.",
)
seed_option = click.option(
    "--seed", type=click.IntRange(0), default=2024, show_default=True, help="Same seed, same numbers."
)
lang_option = click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    default=language,
    show_default="the environment's, else vi",
    expose_value=False,
    help="Language of everything a reader sees.",
)


def _number(_ctx, option, value):
    """Refuse what is called a number and is none."""
    if value is not None and value != value:
        raise click.BadParameter("", param=option)
    return value


class Money(click.ParamType):
    """A sum of money as an office writes it."""

    name = "VND"

    def convert(self, value, param, ctx):
        """Read a sum as whole VND."""
        sum_of = money(value) if isinstance(value, str) else value
        if sum_of is None:
            self.fail(label("money_unclear", value=value), param, ctx)
        return sum_of


budget_option = partial(click.option, "--budget", type=Money())
goal_option = click.option(
    "--goal",
    type=click.Choice(GOALS),
    default=GOALS[0],
    show_default=True,
    help="What the money is to do most for: districts that attain, products that count, the province.",
)


only_pack_option = click.option(
    "--only-pack", is_flag=True, help="Write the meeting pack alone, without notebooks."
)
workers_option = partial(click.option, "--workers", type=click.IntRange(1))
scheduler_option = click.option(
    "--scheduler", default="", help="A Dask scheduler whose workers execute them: tcp://HOST:8786."
)
timeout_option = click.option(
    "--timeout",
    type=click.IntRange(1),
    default=600,
    show_default=True,
    help="Seconds that one cell of a notebook may take.",
)
own_budget_option = budget_option(
    default=0, help="VND for support, such as 1.5e9: the pack then says where it does most."
)
note_template_option = click.option(
    "--note-template",
    default="",
    type=click.Path(),
    help="Your own template of the note, a .docx; `template` writes one to change [default: ours].",
)
replace_option = click.option(
    "--replace", is_flag=True, help="Once it has ended, let it take the place of the run there."
)
verbose_option = partial(click.option, "--verbose", "shown", flag_value="lines")
json_option = click.option(
    "--json", "shown", flag_value="records", help="Print a line of JSON an event, and nothing else."
)


@click.group(cls=Commands, epilog=EPILOG, context_settings={"max_content_width": 110})
@click.version_option(__version__)
def main():
    """Say which districts reach their OCOP target by December, and which need support."""


@main.command()
@data_option
@dossiers_option
@strict_option
@as_of_option
@out_option
@click.option("--name", help="Name of the run's folder in OUT [default: the as-of month or day].")
@click.option(
    "--units", help="Codes or names of the units to make notebooks for, with commas [default: all]."
)
@click.option("--only-failed", is_flag=True, help="Of these, execute only those that failed before.")
@only_pack_option
@click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="UNIT=NUMBER",
    help='What if a unit\'s target were another: "Hậu Lộc=4". The run says so everywhere. May be repeated.',
)
@workers_option(help="Notebooks at a time [default: usable processors and one more].")
@scheduler_option
@timeout_option
@draws_option
@seed_option
@units_as_option
@count_by_option
@own_budget_option
@goal_option
@click.option(
    "--previous",
    type=click.Path(),
    help="Folder of an earlier run of this year to compare with [default: the last one in OUT].",
)
@note_template_option
@replace_option
@verbose_option(help="Print a line a notebook.")
@json_option
@lang_option
def run(
    units,
    workers,
    scheduler,
    timeout,
    draws,
    seed,
    units_as,
    count_by,
    budget,
    goal,
    note_template,
    shown,
    **asked,
):
    """Check the data, forecast the year's end, execute a notebook a district, write the meeting pack.

    A run that was interrupted goes on when the same command is given again.
    """
    chosen = _units(units)
    from .batch import progress

    with _interruptible(), getattr(progress, shown or "bar")() as listen:
        _offscreen()
        from .batch import monthly  # slow, so a word is said before
        from .settings import Means, Settings

        ended = monthly.run_batch(
            **asked,
            units=chosen,
            settings=Settings(draws, seed, language(), units_as or "", count_by, budget, goal),
            means=Means(workers, scheduler, timeout, note_template),
            listen=listen,
        )
    if shown != "records":
        _say(ended)
    monthly.raise_failed(ended)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@strict_option
@click.option(
    "--as-of",
    help="Last month or day known of all, as for `run` [default: the latest month of a decision in any].",
)
@out_option
@only_pack_option
@workers_option(help="Provinces at a time [default: usable processors and one more].")
@scheduler_option
@timeout_option
@draws_option
@seed_option
@units_as_option
@count_by_option
@own_budget_option
@goal_option
@note_template_option
@replace_option
@verbose_option(help="Print a line a province.")
@json_option
@lang_option
def run_all(
    folder,
    workers,
    scheduler,
    timeout,
    draws,
    seed,
    units_as,
    count_by,
    budget,
    goal,
    note_template,
    shown,
    **asked,
):
    """Make a run of every province in FOLDER, and a summary of all.

    Each sub-folder with tables and each workbook there is a province; its runs lie in OUT/NAME. All are
    checked first: those that cannot be used are named, and the others go on. A command that was interrupted
    goes on when it is given again.
    """
    from .batch import progress

    with _interruptible(), getattr(progress, shown or "bar")() as listen:
        _offscreen()
        from .batch import country  # slow, so a word is said before
        from .settings import Means, Settings

        ended = country.run_all(
            folder,
            **asked,
            settings=Settings(draws, seed, language(), units_as or "", count_by, budget, goal),
            means=Means(workers, scheduler, timeout, note_template),
            listen=listen,
        )
    if shown != "records" and ended.summary is not None:
        click.echo(ended.summary.headline)
        click.echo(label("run_ended", folder=ended.folder, page=ended.folder / "nation.html"))
    country.raise_failed(ended)


def _units(asked):
    """List the units that are asked for, None for all; refuse a list that names none."""
    chosen = None if asked is None else [unit.strip() for unit in asked.split(",") if unit.strip()]
    if chosen == []:
        raise TermsError("ask_no_unit", value=asked)
    return chosen


def _say(ended):
    """Print what a meeting asks first, and where the rest lies."""
    from .reporting.pack import headline

    if ended.caution:
        click.echo(ended.caution)
    click.echo(headline(ended.outlook))
    click.echo(label("run_ended", folder=ended.folder, page=ended.folder / "meeting.html"))


@main.command()
@data_option
@dossiers_option
@as_of_option
@out_option
@click.option(
    "--draws",
    type=click.IntRange(100, 100_000),
    default=1000,
    show_default=True,
    help="Possible futures drawn for each past forecast.",
)
@seed_option
@units_as_option
@count_by_option
@lang_option
def backtest(data, out, draws, seed, **asked):
    """Forecast past years with what was known then, say how far to trust it.

    Writes OUT/<as-of>-backtest anew: verdict.txt, tables as CSV, and figures.
    """
    _offscreen()
    from .evaluation import backtest
    from .reporting import verdict, writing
    from .tables import loading

    tables = loading.read_province(data, **asked)
    rows = backtest.backtest(tables, draws=draws, seed=seed)
    folder = Path(out) / f"{tables.as_of}-backtest"
    cautions = (tables.unknown(), verdict.caution(rows, tables))
    words = "\n".join(filter(None, (*cautions, verdict.verdict(rows))))
    said = f"{words}\n\n{verdict.tables(rows)}\n"
    writing.write_backtest(folder, rows, said, name=tables.name, mark=tables.mark())
    click.echo(said)
    click.echo(label("record_ended", folder=folder))


@main.command()
@data_option
@dossiers_option
@as_of_option
@out_option
@budget_option(required=True, help="VND, such as 1.5e9.")
@goal_option
@click.option(
    "--cost", type=click.IntRange(1), default=50_000_000, show_default=True, help="VND of one dossier."
)
@click.option(
    "--effect",
    type=click.FloatRange(0, 1),
    callback=_number,
    help="Chance that support rescues a dossier that would not pass without.",
)
@click.option("--at-most", type=click.IntRange(0), help="Dossiers supported in one district, at most.")
@click.option("--mountainous-first", is_flag=True, help="Bring the mountainous districts on track first.")
@click.option(
    "--capacity",
    type=click.FloatRange(0),
    callback=_number,
    help="Dossiers the staff can support in a month.",
)
@draws_option
@seed_option
@units_as_option
@count_by_option
@lang_option
def plan(data, dossiers, as_of, out, draws, seed, units_as, count_by, mountainous_first, **asked):
    """Plan how to spend a budget for support; shows the assumptions.

    Writes OUT/<as-of>-plan anew: plan.txt, plan.csv, curve.csv, effects.csv, and figures.
    """
    _offscreen()
    from .batch.earlier import Kind, runs_before
    from .models import projection
    from .planning.outlook import assess
    from .planning.support import support
    from .reporting import advice, pack, writing
    from .tables import loading

    terms = {"as_of": as_of, "units_as": units_as, "count_by": count_by}
    province = loading.read_province(data, **terms, dossiers=dossiers)
    earlier = runs_before(province.as_of, Path(out), Kind.of(province))
    outlook = assess(projection.project(province, seed=seed, draws=draws, earlier=earlier), province)
    mountains = province.units.index[province.units["terrain"] == "mountainous"]
    found = support(outlook, first=mountains if mountainous_first else (), **asked)
    said = "\n".join(filter(None, (pack.cautions(province, outlook.forecast), advice.advice(found))))
    folder = Path(out) / f"{province.as_of}-plan"
    writing.write_plan(folder, outlook, province.units, found, said, mark=province.mark())
    click.echo(said)
    click.echo(label("plan_ended", folder=folder))


@main.command()
@click.option("--so-far", type=click.IntRange(0), required=True, help="Products newly recognised this year.")
@click.option("--target", type=click.IntRange(1), required=True, help="Products wanted this year.")
@click.option(
    "--as-of", required=True, help="Last month known whole, as 2024-09, or last day known, as 19/9/2024."
)
@lang_option
def chance(so_far, target, as_of):
    """Say how likely a target is, from what became of other places' targets. Needs no register."""
    from .planning.chance import cases
    from .planning.chance import chance as chance_of

    found = chance_of(so_far, target, as_of)
    click.echo(f"{found}\n\n{cases(found)}")


@main.command()
@click.argument("paths", nargs=-1, type=click.Path())
@data_option
@dossiers_option
@strict_option
@as_of_option
@units_as_option
@count_by_option
@click.option("--html", type=click.Path(), help="Write the findings as a page as well.")
@lang_option
def check(paths, data, dossiers, as_of, units_as, count_by, html, strict):
    """Check the data alone, every named check with its findings; errors stop a run, warnings do not.

    PATHS are folders, workbooks or single tables; without any, the folder of --data.
    """
    from .files import writing
    from .tables import validation

    if html and Path(html).suffix.lower() not in (".html", ".htm"):
        raise RunError("html_type", path=html)
    terms = {"as_of": as_of, "units_as": units_as, "count_by": count_by}
    found = validation.check(*paths, data=data, **terms, dossiers=dossiers, strict=strict)
    if html:
        with writing.whole(html) as draft:
            draft.write_text(validation.page(found), encoding="utf-8", newline="\n")
    click.echo(validation.report(found))
    if html:
        click.echo(label("check_page_written", path=html))
    if validation.stops(found):
        raise click.exceptions.Exit(InputError.exit_code)


@main.command()
@click.argument("path", default="ocop.xlsx", type=click.Path(path_type=Path))
@data_option
@click.option("--year", type=click.IntRange(2018, 2099), help="Year of the targets [default: this year].")
@click.option(
    "--filled", is_flag=True, help="Enter all tables of --data, not its units alone: an Excel copy."
)
@lang_option
def template(path, data, year, filled):
    """Write a workbook to fill in, with the units of --data and lists to choose from, to PATH.

    To a PATH that ends in .docx, write the note's template: put your letterhead into it, then give it to run
    as --note-template.
    """
    from .files import writing
    from .tables import loading, template

    if path.suffix.lower() not in (".xlsx", ".docx") or path.exists():
        raise RunError("template_there" if path.exists() else "template_type", path=path)
    if path.suffix.lower() == ".docx":
        with writing.whole(path) as draft:
            draft.write_bytes((writing.shipped("templates") / "note.docx").read_bytes())
        click.echo(label("note_template_written", path=path))
        return
    names = template.SHOWN if filled else template.FILLED
    known = {name: table for name in names if (table := loading.read_alone(data, name)) is not None}
    with writing.whole(path) as draft:
        template.write_template(draft, known, year or today().year)
    click.echo(label("template_copied" if filled else "template_written", path=path))


@main.command()
@click.argument("folder", default="notebooks", type=click.Path(path_type=Path))
@lang_option
def notebooks(folder):
    """Copy the notebooks to FOLDER, to open them in JupyterLab; nothing there is written over."""
    from .batch import monthly
    from .files import writing

    sources = sorted(monthly.NOTEBOOKS.glob("*.ipynb"))
    if there := [source.name for source in sources if (folder / source.name).exists()]:
        raise RunError("notebooks_there", folder=folder, names=", ".join(there))
    for source in sources:
        with writing.whole(folder / source.name) as draft:
            draft.write_bytes(source.read_bytes())
    click.echo(label("notebooks_written", count=len(sources), folder=folder))


if __name__ == "__main__":
    main()

"""The plan and the pipeline in words a meeting understands."""

import pandas as pd

from ocop_forecast.bands import band, by_need, likely
from ocop_forecast.display import Sentence
from ocop_forecast.i18n.catalogue import label
from ocop_forecast.i18n.formats import number, percent
from ocop_forecast.planning.effects import factors
from ocop_forecast.planning.flags import USUAL
from ocop_forecast.planning.support import Plan
from ocop_forecast.tables.dossiers import CANDIDATES
from ocop_forecast.tables.names import code_of
from ocop_forecast.terms import check_kind

NAMED = 20  # in a sentence; all stand in the table
ASSUMED = ["assumption", "value", "lowest", "highest", "source"]


def listed(names: list[str]) -> str:
    """Join names with commas, `NAMED` at most; the others are counted."""
    more = [label("headline_needy_more", more=len(names) - NAMED)] if len(names) > NAMED else []
    return ", ".join([*names[:NAMED], *more])


def advice(plan, unit: str | None = None) -> Sentence:
    """Put a plan into words: what it does, who gets support, on what assumption; or one unit's row.

    Parameters
    ----------
    plan : Plan
        As from `support`.
    unit : str, optional
        A unit's code or name: why it gets what it gets.

    Returns
    -------
    Sentence
        A str; a line each.

    Raises
    ------
    TermsError
        If it is no plan, or has no such unit.

    Examples
    --------
    >>> import ocop_forecast as ocop
    >>> province = ocop.read_province(as_of="2024-09")
    >>> outlook = ocop.assess(ocop.project(province, seed=2024, draws=200), province)
    >>> plan = ocop.support(outlook, budget=0)
    >>> with ocop.set_options(lang="en"):
    ...     advice(plan).splitlines()[0]
    '0 million VND do not pay for one dossier (50 million VND).'
    >>> with ocop.set_options(lang="en"):
    ...     advice(plan, "390")
    'Cẩm Thủy has reached its target (7 of 3): no support is needed.'
    """
    check_kind("plan", plan, Plan, "support")
    if unit is not None:
        row = plan.table.loc[code_of(unit, plan.table["name"])]
        return of_unit(row, plan.earned)
    lines = [_does(plan)]
    if plan.spent:
        lines += [_who(plan), _turned(plan)]
        left = plan.budget - plan.spent
        lines += [label("plan_left", left=_money(left))] if left >= plan.cost else []
    lines += [_bare(plan), _assumed(plan), _sure(plan)]
    return Sentence("\n".join(filter(None, lines)))


def of_unit(row: pd.Series, earned: bool) -> Sentence:
    """Explain why a unit gets what its row of a plan's table gives it."""
    return Sentence(" ".join(_of_unit(row, earned)))


def _of_unit(row, earned):
    """Explain it, a sentence each."""
    said = {"name": row["name"], "supports": int(row["supports"]), "so_far": int(row["so_far"])}
    if pd.isna(row["target"]):
        return [label("plan_row_no_target", **said)]
    said |= {
        "target": int(row["target"]),
        "p": likely(row["p_reach"], earned),
        "with_": likely(row["p_with"], earned),
    }
    if not row["supports"] and row["so_far"] >= row["target"]:
        return [label("plan_row_attained", **said)]
    bound = pd.notna(row["limit"])
    key = "gets" if row["supports"] else "limit" if bound and row["limit"] == 0 else "none"
    told = "plan_row_gets_band" if key == "gets" and not earned else f"plan_row_{key}"
    return [label(told, **said), *_range(row)]


def grounds(row: pd.Series) -> list[str]:
    """Say of a row of a plan's `table` why it gets none, or how sure its supports are."""
    if row["supports"]:
        return _range(row)
    limit = pd.notna(row["limit"]) and row["limit"] == 0
    return [label("plan_grounds_limit" if limit else "plan_grounds_none"), *_range(row)]


def _range(row):
    """Tell how many supports the effects in their range would give, and whether more could be given."""
    parts = []
    if row["low"] < row["high"]:
        parts.append(label("plan_row_range", low=int(row["low"]), high=int(row["high"])))
    if row["supports"] and pd.notna(row["limit"]) and row["supports"] == row["limit"]:
        parts.append(label("plan_row_all", name=row["name"]))
    return parts


def assumptions(plan) -> pd.DataFrame:
    """List what a plan assumes of one support: assumption, value, lowest, highest, source.

    The two factors of the usual effect and their product; or the effects that the planner gives, a row each.
    """
    rows = []
    if (plan.effects["source"] == "assumed").any():
        said = {"candidates": sum(CANDIDATES), "count": len(CANDIDATES)}
        for name, row in factors().iterrows():
            source = label(f"factor_{row['source_key']}", **said)
            rows.append([label(f"factor_{name}"), row["value"], row["low"], row["high"], source])
    words = {"assumed": label("factor_product"), "given": label("factor_given")}
    for row in plan.effects.drop_duplicates().itertuples():
        source = words.get(row.source, "" if pd.isna(row.source) else row.source)
        rows.append([label("factor_effect"), row.effect, row.low, row.high, source])
    return pd.DataFrame(rows, columns=ASSUMED)


def _money(amount):
    return number(amount / 1e6)


def _does(plan):
    """Say how much of its goal the plan gains."""
    if not plan.spent:
        money = {"money": _money(plan.budget), "cost": _money(plan.cost)}
        why = "_targets" if plan.table["target"].isna().all() else "_money" if plan.budget < plan.cost else ""
        return label(f"plan_nothing{why}", **money)
    row, supported = plan.summary.loc[plan.goal], plan.table["supports"]
    said = {"money": _money(plan.budget), "supports": int(supported.sum())}
    said["units"] = int((supported > 0).sum())
    if plan.goal == "province":
        ends = {name: likely(row[name], plan.earned) for name in ("without", "with_")}
        return label("plan_province" if plan.earned else "plan_province_band", **said, **ends)
    figures = {name: number(row[name], 1) for name in ("without", "with_")}
    ends = {name: number(row[name]) for name in ("lower", "upper")}
    return label(f"plan_{plan.goal}", **said, **figures, **ends)


def _who(plan):
    """Name the units that get support and how much, the most first."""
    rows = plan.ranked[plan.ranked["supports"] > 0]
    names = [f"{name} ({count})" for name, count in zip(rows["name"], rows["supports"], strict=True)]
    return label("plan_who", names=listed(names))


def _turned(plan):
    """Name the units that support turns: more likely than not to reach their targets with it alone.

    Where no per cent has earned to be shown, those that it lifts into another band.
    """
    table = plan.table.dropna(subset=["p_reach", "p_with"])
    if plan.earned:
        rows = table[(table["p_reach"] < 0.5) & (table["p_with"] >= 0.5)]
        rows = rows.sort_values("p_with", ascending=False, kind="stable")
    else:
        rows = by_need(table[table["p_reach"].map(band) < table["p_with"].map(band)], earned=False)
    shown = rows[["name", "p_reach", "p_with"]].head(NAMED).itertuples(index=False)
    names = [f"{name} ({likely(p, plan.earned)} → {likely(after, plan.earned)})" for name, p, after in shown]
    told = "plan_turned" if plan.earned else "plan_turned_band"
    return label(told, names=", ".join(names)) if names else ""


def _bare(plan):
    """Name the units that are not on track and have no dossier left that could be supported.

    Without a table of dossiers nobody knows: then that is told of a plan that gives support.
    """
    if plan.dossiers is None:
        return label("plan_unasked") if plan.spent else ""
    table = plan.table
    bare = table[(table["limit"] == 0).fillna(False) & (table["p_reach"] < USUAL.on_track)]
    names = ", ".join(by_need(bare, plan.earned)["name"].head(NAMED))
    return label("plan_bare", count=len(bare), names=names) if len(bare) else ""


def without_support(plan, needy: pd.Index) -> str:
    """Say of these units, which need support, who gets none and why; blank if all get some."""
    rows = plan.table.loc[needy]
    rows = rows[rows["supports"] == 0]
    bare = (rows["limit"] == 0).fillna(False).astype(bool)
    kinds = {"none": rows.loc[~bare, "name"], "limit": rows.loc[bare, "name"]}
    said = [
        label(f"plan_without_{kind}", names=listed([*names])) for kind, names in kinds.items() if len(names)
    ]
    return label("plan_without", names="; ".join(said)) if said else ""


def _assumed(plan):
    """Tell the effect that one support is assumed to have, where that is from, and the cost."""
    effects = plan.effects[["low", "effect", "high"]]
    low, effect, high = effects["low"].min(), effects["effect"].mean(), effects["high"].max()
    said = {"low": percent(low), "effect": percent(effect), "high": percent(high), "money": _money(plan.cost)}
    sources = plan.effects["source"].unique()
    whence = "assumed" if (sources == "assumed").all() else "own" if low < high else "point"
    return label(f"plan_terms_{whence}", **said)


def _sure(plan):
    """Name the units that get support wherever the effect lies in its range, and the safest plan."""
    always = plan.table[(plan.table["low"] > 0) & (plan.table["supports"] > 0)]
    if not plan.spent or (plan.effects["low"] == plan.effects["high"]).all():
        return ""
    names = ", ".join(always["name"].head(NAMED)) or label("plan_nobody")
    made_for = percent(plan.effects[plan.robust_choice].mean())
    choice = label(f"plan_robust_{plan.robust_choice}", effect=made_for)
    return label("plan_robust", count=len(always), names=names, choice=choice)


def on_the_way(standing: pd.DataFrame) -> Sentence:
    """Tell of the open dossiers, a line each: how many, where they are too few, how far they are believed.

    Parameters
    ----------
    standing : DataFrame
        As from `coverage`.
    """
    whole, units, pool = standing.iloc[-1], standing.iloc[:-1], standing.attrs
    counts = {name: int(whole[name]) for name in ("open", "committed", "best_case", "pipeline")}
    lines = [label("pipeline_line", **counts, expected=number(whole["expected"]))]
    bare = units[(units["needed"] > 0) & (units["open"] < units["needed"])]
    if len(bare):
        shown = bare[["name", "open", "needed"]].values
        names = [f"{name} ({open_}/{needed:.0f})" for name, open_, needed in shown]
        lines.append(label("pipeline_bare", count=len(bare), names=listed(names)))
    if not pool["snapshots"]:
        return Sentence("\n".join([*lines, label("pipeline_unknown")]))
    said = {"weight": number(100 * pool["weight"]), "rest": number(100 - 100 * pool["weight"])}
    said |= {"snapshots": pool["snapshots"], "years": pool["years"], "part": number(100 * pool["part"])}
    scores = {name: percent(pool[f"p_{name}"]) for name in ("trend", "pool")}
    lines += [label("pipeline_weight", **said), label("pipeline_score", **scores)]
    return Sentence("\n".join(lines))

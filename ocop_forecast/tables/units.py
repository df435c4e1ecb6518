"""Dated units: to which unit of a run every row belongs, before and after the districts were abolished.

A run counts by one set of units: those in force at its as-of date, the districts as they once were, or the
communes since the reform. What was decided under other units is carried to these; no product is lost.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import pandas as pd

from ocop_forecast.errors import Fault, Finding, InputError
from ocop_forecast.periods import today
from ocop_forecast.text import each, fold

from .gazetteer import Gazetteer, Place, Said
from .names import UnitNames
from .reforms import (
    REFORM,
    added_up,
    all_reported,
    communes_as_units,
    crosswalk,
    heir,
    homes,
    merged,
    written_twice,
)

UNITS_AS = ("historic-district", "commune")
# what is said of where a place lies, and not of its name; of a row of the future it does not matter
SPLIT = {"unit_split", "commune_needed"}
CARRYING = {*SPLIT, "straddles", "commune_outside"}


class Lot(NamedTuple):
    """Where a row belongs: the place it means, the run's unit (blank: none), and what was found."""

    place: Place
    code: str
    said: tuple[Said, ...] = ()


@dataclass(frozen=True, eq=False)
class Division:
    """The units of a run, and the way there from every unit and commune that ever was; see `division`."""

    units: pd.DataFrame  # of the run, in the shape of `Province.units`
    gazetteer: Gazetteer  # the names that rows may go by
    heirs: dict[str, str]  # unit of the units table -> the run's that it is, or that took it over whole
    homes: tuple[str, ...]  # for every row of the crosswalk the run's unit in which it lies; blank if in none
    as_of: pd.Period  # the last month or day known; what is decided later need not lie anywhere yet
    units_as: str | None = None  # None, "historic-district" or "commune", as asked for
    _memo: dict = field(default_factory=dict, init=False, repr=False)

    def counted(self) -> pd.DataFrame:
        """Return the units, each with how many communes it had before the reform, missing if not known."""
        known = pd.Series(Counter(filter(None, self.homes)), dtype="Int64")
        return self.units.assign(communes=known.reindex(self.units.index))

    def place_register(self, table: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
        """Return the register with its units' codes, and the errors and warnings of its rows.

        It needs the columns unit, commune, address (text; missing where blank) and decision_date. A unit is
        missing where an error stands in its way. A placed register may be placed again: codes are names too.
        """
        days = table["decision_date"]
        lots = self._lots(table, days)
        return _placed(table, lots), [*self._findings(lots, days), *self._out_of_time(lots, days)]

    def place_dossiers(self, table: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
        """Place the dossiers up to `as_of` (unit, commune, stage_date) as the register; undated are of today.

        Rows of a unit that is split are left out if they say no more, with one warning.
        """
        later = table["stage_date"] > self.as_of.end_time
        known = table[~later]
        lots = self._lots(known, known["stage_date"].fillna(self.as_of.end_time.floor("D").as_unit("s")))
        split = _split(lots)
        left_out = _warning(table[later], "stage_date", "dossiers_later", as_of=self.as_of)
        left_out += _warning(known[split], "unit", "dossiers_not_carried")
        return _placed(known, lots)[~split], [*self._findings(lots[~split]), *left_out]

    def place_targets(self, table: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
        """Return the targets of the run's units, added up where several units lie in one.

        The columns are unit (text), year, target (products, missing where none is set) and origin. The target
        of a unit that is split is left out, with a warning. A unit that was written twice in a year stands
        twice, for `checked` to refuse.
        """
        return self._added_up(table, table["year"].fillna(0) <= REFORM.year, "targets")

    def place_commitments(self, table: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
        """Return the promises of the run's units up to `as_of`, added up as targets are.

        The columns are unit (text), said_on (day), december (products) and origin. Several units that now lie
        in one must have promised on one day to be added up.
        """
        like = {"said_on": "year", "december": "target"}
        later = table["said_on"] > self.as_of.end_time
        known = table[~later].rename(columns=like)
        kept, findings = self._added_up(known, known["year"] < REFORM, "commitments")
        findings += _warning(table[later], "said_on", "commitments_later", as_of=self.as_of)
        return kept.rename(columns={new: old for old, new in like.items()}), findings

    def _added_up(self, table, before, name):
        """Place what units were set at a time (`year`), added up where several lie in one; and findings."""
        lots = self._lots_of_units(table, before)
        left_out = _split(lots)
        findings = self._findings(lots[~left_out])
        kept = _placed(table, lots)[~left_out]
        fell_together = merged(kept, _written(lots[~left_out]))
        told = {f"{name}_not_carried": table[left_out], f"{name}_added_up": kept[fell_together]}
        for key, rows in told.items():
            years = ", ".join(sorted({str(time)[:4] for time in rows["year"].dropna()}))
            findings += _warning(rows, "unit", key, years=years)
        return added_up(kept, fell_together), findings

    def place_reports(self, table: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
        """Return the reports of the run's units: one has reported if all that lies in it has.

        The columns are unit (text), month (Period) and status (``reported`` or ``missing``); a row is a unit
        and month that the table speaks of.
        """
        lots = self._lots_of_units(table, table["month"].dt.start_time < REFORM)
        twice = written_twice(_written(lots), table["month"])
        spread = table.assign(twice=twice, line=range(len(table)), part=lots.map(self._parts)).explode("part")
        spread = spread.assign(unit=_codes(spread["part"].str[0]), part=spread["part"].str[1])
        told = lots.map(lambda lot: lot._replace(said=lot.place.said) if self._parts(lot)[0][0] else lot)
        return all_reported(spread, Counter(self.homes))[table.columns], self._findings(told)

    def carried(self, aliases: pd.DataFrame) -> pd.DataFrame:
        """Return confirmed names of products by the run's units, a row for each in which theirs lies."""
        lots = self._lots_of_units(aliases, [False] * len(aliases))
        units = lots.map(lambda lot: [unit for unit, _ in self._parts(lot)])
        return aliases.assign(unit=units).explode("unit")

    def _parts(self, lot):
        """Return the units of the run in which a lot lies, each with how many of its wards do."""
        own = self.heirs.get(lot.place.unit)
        if own:
            return [(own, len(self.homes))]
        wards = lot.place.wards or self.gazetteer.of_unit(lot.place.unit)
        return [*Counter(self.homes[ward] for ward in wards if self.homes[ward]).items()] or [("", 0)]

    @cached_property
    def _names(self):
        return UnitNames(self.units)

    def _lots(self, table, dates):
        """Return the lot of every row of a table whose rows name a unit, a commune or both."""
        texts = table.reindex(columns=["unit", "commune", "address"]).astype(object)
        texts = texts.where(texts.notna(), "").assign(before=~(dates >= REFORM).to_numpy())
        rows = texts.itertuples(index=False, name=None)
        return pd.Series([self._lot(*row) for row in rows], table.index, dtype=object)

    def _lots_of_units(self, table, before):
        """Return the lot of every row of a table whose rows name a unit; blanks are its reader's to tell."""
        rows = zip(table["unit"].fillna(""), before, strict=True)
        lots = [self._lot(unit, "", "", early) if unit else Lot(Place(), "") for unit, early in rows]
        return pd.Series(lots, table.index, dtype=object)

    def _lot(self, unit, commune, address, before):
        key, short = (unit, commune, address, before), (unit, commune, before)
        if short not in self._memo:
            self._memo[short] = self.gazetteer.place(unit, commune, before)
        if key not in self._memo:
            place, code, said = self._memo[short], "", ()
            if all(word.severity == "warning" for word in place.said):
                code, said = self._home(place, unit, commune, address)
            self._memo[key] = Lot(place, code, (*place.said, *said))
        return self._memo[key]

    def _home(self, place, unit, commune, address):
        """Return the unit of the run in which a place lies, and what was found."""
        lies = Counter(self.homes[ward] for ward in place.wards if self.homes[ward])
        own = self.heirs.get(place.unit, "")
        if not lies:
            return (own, ()) if own else self._home_without_commune(place, unit or commune)
        if len(lies) == 1 or own in lies:
            return (own if own in lies else next(iter(lies))), ()
        rows, units = self.gazetteer.mentioned(f"{commune}, {address}", place.wards)
        told = set(lies) & {*(self.homes[row] for row in rows), *(self.heirs.get(unit, "") for unit in units)}
        if len(told) == 1:
            return told.pop(), ()
        most = min(lies, key=lambda code: (-lies[code], code))
        names = {"allowed": self._names.names(sorted(lies)), "chosen": self._names.names([most])}
        values = {"value": commune or unit, **names}
        return most, (Said("commune" if commune else "unit", "straddles", values, "warning"),)

    def _home_without_commune(self, place, text):
        """Return the unit of the run that a unit became, if it became one alone."""
        homes = {self.homes[ward] for ward in self.gazetteer.of_unit(place.unit)} - {""}
        if len(homes) == 1:
            return homes.pop(), ()
        if place.wards:
            values = {"value": text, "district": self.gazetteer.title(place.wards)}
            return "", (Said("commune", "commune_outside", values),)
        if self.units_as == "commune":
            return "", (Said("commune", "commune_needed", {"value": text}),)
        return "", (Said("unit", "unit_split", {"value": text, "as_of": self.as_of}),)

    def _findings(self, lots, dates=None):
        """Return the findings of all rows, but not where a row of the future lies."""
        later = pd.Series(False, lots.index) if dates is None else dates > self.as_of.end_time
        return _told_once(
            Finding(label, *said)
            for label, lot, is_later in zip(lots.index, lots, later, strict=True)
            for said in lot.said
            if not (is_later and said.key in CARRYING)
        )

    def _out_of_time(self, lots, dates):
        """Warn of every row whose unit was not in force on its day."""
        if self.units_as == "historic-district":
            return []
        written, table, found = lots.map(lambda lot: lot.place.unit), self.gazetteer.units, []
        for key, limit, wrong in (
            ("unit_ended_then", written.map(table["valid_to"]), pd.Series.gt),
            ("unit_not_begun_then", written.map(table["valid_from"]), pd.Series.lt),
        ):
            rows = limit[wrong(dates, limit) & (dates <= self.as_of.end_time)]
            names = [self.gazetteer.names.names([unit]) for unit in written[rows.index]]
            found += [
                Finding(label, "unit", key, {"value": name, "limit": day}, "warning")
                for (label, day), name in zip(rows.items(), names, strict=True)
            ]
        return found


def division(
    units: pd.DataFrame,
    communes: pd.DataFrame | None = None,
    *,
    units_as: str | None = None,
    as_of: pd.Period | None = None,
    aliases: Mapping[str, str] | None = None,
) -> Division:
    """Return the units of a run, to which every row can be carried.

    `units` is every unit there is or was, index its code, with the days it was in force (`schema.UNITS`),
    `communes` the crosswalk of old communes, districts and new communes (`schema.COMMUNES`), `aliases` as
    from `unit_aliases`. The run's units are all districts whatever the date (`units_as` "historic-district"),
    or the new communes ("commune"), or without it the units in force at `as_of`, the last month or day known
    (without it today); one that has ended goes to its successor or, if it was split, by its communes.
    InputError is raised if no unit is in force then, a successor is no unit, or the communes are wanted and
    not given.

    Examples
    --------
    >>> units = pd.DataFrame(
    ...     [["Hạ Long", "Thành phố", None, None], ["Hoành Bồ", "Huyện", "2019-12-31", "193"]],
    ...     index=["193", "200"], columns=["name", "type", "valid_to", "successor"],
    ... ).assign(valid_from=pd.NaT).astype({"valid_to": "datetime64[s]"})
    >>> now = division(units, as_of=pd.Period("2020-03"))
    >>> now.units.index.tolist(), now.heirs
    (['193'], {'193': '193', '200': '193'})
    """
    as_of, rows = pd.Period(today(), "D") if as_of is None else as_of, crosswalk(communes)
    _check(units, units_as, communes)
    _of_one_province(_in_force(units, as_of))
    run = _units_of_run(units, rows, units_as, as_of)
    heirs = {unit: code for unit in units.index if (code := heir(unit, units["successor"], run.index))}
    gazetteer = Gazetteer(units, rows, aliases or {}, needed=units_as == "commune")
    return Division(run, gazetteer, heirs, homes(rows, heirs, run.index), as_of, units_as)


def unit_aliases(table: pd.DataFrame, names: UnitNames) -> tuple[dict[str, str], list[Finding]]:
    """Return the names of units that people have confirmed: folded written form -> code.

    The table is typed by `schema.ALIASES`, its rows on products left alone; `names` are the true ones, as
    `Gazetteer.names`. An alias may repeat a true name. Beside them stands an error for each that means no
    unit, or that is the name of another.

    Examples
    --------
    >>> units = pd.DataFrame({"name": ["Ngọc Lặc", "Cẩm Thủy"], "type": "Huyện"}, index=["389", "390"])
    >>> table = pd.DataFrame({"what": "unit", "written": ["Ngọc Nặc", "Cẩm Thủy"], "means": ["389", "389"]})
    >>> aliases, findings = unit_aliases(table, UnitNames(units))
    >>> aliases, [finding.key for finding in findings]
    ({'ngoc nac': '389'}, ['alias_is_name'])
    """
    aliases: dict[str, str] = {}
    findings = []
    rows = table.loc[table["what"] == "unit", ["written", "means"]].dropna()
    for label, written, means in rows.itertuples(name=None):
        code = names.resolve(means)
        if isinstance(code, tuple):
            findings.append(Finding(label, "means", code[0], {"value": means, **code[1]}))
        elif (other := names.codes(written) or [aliases.get(fold(written), code)]) != [code]:
            values = {"value": written, "allowed": names.names(other)}
            findings.append(Finding(label, "written", "alias_is_name", values))
        else:
            aliases[fold(written)] = code
    return aliases, findings


def _told_once(findings):
    """Return findings, those of codes that a spreadsheet reshaped once a column, with their number."""
    findings = list(findings)
    reshaped = [one for one in findings if one.key == "code_reshaped"]
    count = Counter(one.column for one in reshaped)
    first = {one.column: one for one in reversed(reshaped)}.values()
    told = [one._replace(values={**one.values, "count": count[one.column]}) for one in first]
    return [one for one in findings if one.key != "code_reshaped"] + told


def _check(units, units_as, communes):
    """Raise InputError if the tables lack what is asked of them."""
    unknown = units["successor"][units["successor"].notna() & ~units["successor"].isin(units.index)]
    faults = [
        Fault("units", "successor_unknown", {"value": code, "unit": f"{units['name'][unit]} ({unit})"})
        for unit, code in unknown.items()
    ]
    if units_as not in (None, *UNITS_AS):
        values = {"value": units_as, "allowed": ", ".join(UNITS_AS)}
        faults.append(Fault("--units-as", "choice_allowed", values))
    if units_as == "commune" and communes is None:
        faults.append(Fault("communes", "communes_missing"))
    if faults:
        raise InputError(faults)


def _units_of_run(units, rows, units_as, as_of):
    if units_as == "commune":
        return communes_as_units(units, rows)
    if units_as == "historic-district":  # those that are no communes, or all if the table has no others
        names = UnitNames(units)
        districts = units[[names.level(unit) != "commune" for unit in units.index]]
        return units if districts.empty else districts
    now = _in_force(units, as_of)
    if len(now):
        return now
    if (units["valid_to"] < as_of.start_time).any():
        raise InputError([Fault("units", "units_ended", {"as_of": as_of, "last": units["valid_to"].max()})])
    values = {"as_of": as_of, "first": units["valid_from"].min()}
    raise InputError([Fault("units", "units_not_begun", values)])


def _in_force(units, as_of):
    begun = units["valid_from"].isna() | (units["valid_from"] <= as_of.end_time)
    ended = units["valid_to"].notna() & (units["valid_to"] < as_of.start_time)
    return units[begun & ~ended]


def _of_one_province(units):
    """Raise InputError if units in force lie in several provinces: their sum would bear the first one's name.

    A blank says nothing. Provinces are told apart by their codes, or by their names where these differ.
    """
    said = units.reindex(columns=["province", "province_name"]).astype("str").fillna("")
    code, name = said["province"].str.lstrip("0"), said["province_name"].str.strip()
    bare = each(name, lambda text: re.sub(r"^(tinh|thanh pho|tp)\b[. ]*", "", fold(text)))
    if max(code[code != ""].nunique(), bare[bare != ""].nunique()) > 1:
        both = name + code.map(" ({})".format).where(code != "", "")
        count = both.str.strip().replace("", "?").value_counts(sort=False)
        allowed = "; ".join(f"{province}: {number}" for province, number in count.items())
        raise InputError([Fault("units", "two_provinces", {"allowed": allowed})])


def _codes(codes):
    return pd.array([code or None for code in codes], dtype="str")


def _placed(table, lots):
    return table.assign(unit=_codes(lot.code for lot in lots))


def _written(lots):
    """Return the places of lots without what was found."""
    return lots.map(lambda lot: lot.place[:2])


def _split(lots):
    """Mark the lots of a unit that is split whose rows do not say where in it."""
    return lots.map(lambda lot: any(said.key in SPLIT for said in lot.said)).astype(bool)


def _warning(rows, column, key, **values):
    """Return one warning about some rows, at the first of them; none if there are none."""
    if rows.empty:
        return []
    return [Finding(rows.index[0], column, key, {"count": len(rows), **values}, "warning")]

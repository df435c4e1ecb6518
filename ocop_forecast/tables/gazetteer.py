"""The gazetteer: the place that the texts of a row mean, a unit of the units table or a commune, old or new.

The reform of 2025 gave new communes the names, and often the codes, of old ones and of districts. So a text
is read at its level and in its time: a decision before the reform names old communes (`wards` here, as in the
crosswalk), a later one new communes first. Likeness never decides.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import pandas as pd

from ocop_forecast.text import spelled

from .names import NUMBER, UnitNames, first_found, level, typed_name


class Said(NamedTuple):
    """A finding in one cell of a row: `errors.Finding` without its place."""

    column: str
    key: str
    values: dict
    severity: str = "error"


class Place(NamedTuple):
    """The place that a row means, as far as its texts tell."""

    unit: str = ""  # the code of the unit of the units table that is written; blank if none is
    wards: tuple[
        int, ...
    ] = ()  # the rows of the crosswalk that the commune is made of; empty if none is told
    said: tuple[Said, ...] = ()  # what was found in the texts


@dataclass(frozen=True, eq=False)
class Gazetteer:
    """The names of units and communes, each in its time.

    Examples
    --------
    >>> units = pd.DataFrame({"name": ["Ngọc Lặc"], "type": ["Huyện"]}, index=["389"])
    >>> communes = pd.DataFrame(
    ...     [["1", "Thị trấn Ngọc Lặc", "389", "389", "9", "Xã Ngọc Lặc"]],
    ...     columns=["old_ward_code", "old_ward", "district_code_2024", "district_code_2025h1",
    ...              "new_commune_code", "new_commune"],
    ... )
    >>> names = Gazetteer(units, communes)
    >>> names.place("Huyện Ngọc Lặc", "", False).unit, names.place("Xã Ngọc Lặc", "", False).wards
    ('389', (0,))
    >>> names.place("Ngọc Lặc", "", True).unit, names.place("Ngọc Lặc", "", False).said[0].key
    ('389', 'unit_ambiguous')
    """

    units: pd.DataFrame  # index the code; columns name and type, as in `schema.UNITS`
    communes: pd.DataFrame  # as from `reforms.crosswalk`, a row an old commune; perhaps empty
    aliases: Mapping[str, str] = field(default_factory=dict)  # confirmed: folded written form -> code
    needed: bool = False  # a row without a commune has no place, and what is wrong with one is an error
    _memo: dict = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def names(self) -> UnitNames:
        """The names of all units and of all new communes together."""
        new = _named(self.communes, "new_commune")
        both = pd.concat([self.units[["name", "type"]], new[~new.index.isin(self.units.index)]])
        return UnitNames(both, self.aliases)

    def place(self, unit: str, commune: str, before: bool) -> Place:
        """Return the place that the texts of a row mean, decided `before` the reform or since.

        Where both are written the commune is looked for within the unit.
        """
        if not unit:
            return self._of_commune(commune, before) if commune else _unplaced("unit", "cell_blank")
        place = self._of_unit(unit, before or bool(commune))
        if not commune or _wrong(place) or self.communes.empty:
            return place
        return self._within(place, commune, before)

    def mentioned(self, text: str, wards: tuple[int, ...]) -> tuple[list[int], list[str]]:
        """Find the `wards` and the districts that an address or the rest of a text names.

        A district needs its type, since every address ends with a province that may bear a district's name.
        """
        rows, units = [], []
        for part in _parts(text):
            if re.search(r"[^\W\d]", part):  # a bare number is a house's
                found = self._mentioned(wards, _was(part)).codes(_now(part))
                rows += [row for kind, row in found if kind == "ward" and len(found) == 1]
            if level(typed_name(part).kind) == "district":
                units += self._districts.codes(_now(part))
        return rows, units

    def of_unit(self, unit: str) -> tuple[int, ...]:
        """Return the wards of a district, in 2024 or in the first half of 2025."""
        return self._district_wards.get(unit, ())

    def title(self, wards: Iterable[int]) -> str:
        """Return the districts that wards lay in before 2025, for a message."""
        codes = dict.fromkeys(self.communes.loc[list(wards), "district_code_2024"])
        known = self.units.index
        return ", ".join(self.names.names([code]) if code in known else code for code in codes)

    @cached_property
    def _districts(self):
        is_commune = [self.names.level(unit) == "commune" for unit in self.units.index]
        return UnitNames(self.units[~pd.Series(is_commune, self.units.index, dtype=bool)], self.aliases)

    @cached_property
    def _all(self):
        return tuple(self.communes.index)

    @cached_property
    def _district_wards(self):
        now = self.communes.groupby("district_code_2024").groups
        then = self.communes.groupby("district_code_2025h1").groups
        return {unit: tuple(sorted({*now.get(unit, ()), *then.get(unit, ())})) for unit in {*now, *then}}

    def _of_unit(self, text, districts_first):
        """Return the place that the text of a unit means: a unit, a new commune, or else an old one."""
        former, old_wards = _was(_parts(text)[0] if _parts(text) else ""), self._names("old_ward", self._all)
        tables = [old_wards] if former else [self.names, old_wards]
        if districts_first or former:
            tables = [self._districts, *tables]
        names, codes = first_found(text, tables)
        if names is None:
            key, values = tables[0].resolve(text)
            return _unplaced("unit", key, value=text, **values)
        if len(codes) > 1:
            return _several("unit", text, names.names(codes))
        [code], old = codes, names is tables[-1]
        wards = self._rows("old_ward" if old else "new_commune", code, self._all)
        return Place(
            code if code in self.units.index and not old else "", wards, _reshaped("unit", text, code)
        )

    def _of_commune(self, text, before):
        """Return the place of a row that names no unit, but a commune."""
        found, names = self._communes(text, self._all, before)
        if len(found) > 1:
            return _several("commune", text, names)
        if found:
            return Place("", found[0], self._commune_reshaped(text, found[0]))
        place = self._of_unit(text, before)
        if not _wrong(place) or self.communes.empty:
            return place._replace(said=tuple(said._replace(column="commune") for said in place.said))
        return Place(said=(self._unknown(text, self._all, before, "error"),))

    def _within(self, place, text, before):
        """Return the place of a row that names a unit and a commune; if they disagree the unit counts."""
        scope = place.wards or self.of_unit(place.unit)
        found, names = self._communes(text, scope, before)
        if len(found) == 1:
            said = (*place.said, *self._commune_reshaped(text, found[0]))
            return place._replace(wards=found[0], said=said)
        severity = "error" if self.needed and not place.wards else "warning"
        if found:
            return place._replace(said=(*place.said, *_several("commune", text, names, severity).said))
        elsewhere = self._communes(text, self._all, before)[0]
        if not elsewhere:
            return place._replace(
                said=(*place.said, self._unknown(text, scope or self._all, before, severity))
            )
        values = {"value": text, "elsewhere": self.title(row for wards in elsewhere for row in wards)}
        key = "commune_contradicts" if severity == "error" else "commune_elsewhere"
        return place._replace(said=(*place.said, Said("commune", key, values, severity)))

    def _commune_reshaped(self, text, wards):
        """Return what is said of a commune's code that was read as a number."""
        codes = self.communes.loc[wards[0], ["old_ward_code", "new_commune_code"]]
        return () if text in set(codes) else _reshaped("commune", text, *codes)

    def _communes(self, text, scope, before):
        """Return the wards of each commune within the scope that a text may mean, and the names looked up."""
        head = (_parts(text) or [text])[0]
        kinds = ["old_ward", "new_commune"] if before or _was(head) else ["new_commune", "old_ward"]
        tables = [self._names(kind, scope) for kind in kinds]
        names, codes = first_found(_now(head), tables)
        if names is None:
            return [], ""
        kind = kinds[tables.index(names)]
        return [self._rows(kind, code, scope) for code in codes], names.names(codes)

    def _unknown(self, text, scope, before, severity):
        """Return the finding for a commune that does not exist."""
        nearest = self._names("old_ward" if before else "new_commune", scope).nearest(text)
        values = {"value": text} | ({"nearest": nearest} if nearest else {})
        return Said("commune", "commune_unknown_nearest" if nearest else "commune_unknown", values, severity)

    def _rows(self, kind, code, scope):
        if kind not in self._memo:
            groups = self.communes.groupby(f"{kind}_code").groups
            self._memo[kind] = {code: tuple(rows) for code, rows in groups.items()}
        inside = set(scope)
        return tuple(row for row in self._memo[kind].get(code, ()) if row in inside)

    def _names(self, kind, scope):
        if (kind, scope) not in self._memo:
            table = _named(self.communes.loc[list(scope)], kind)
            self._memo[kind, scope] = UnitNames(table, self.aliases)
        return self._memo[kind, scope]

    def _mentioned(self, wards, old):
        """Return the names of wards and of their new communes, of wards alone where the old are meant."""
        key = ("mentioned", wards, old)
        if key not in self._memo:
            rows = self.communes.loc[list(wards)]
            names = {("ward", row): name for row, name in rows["old_ward"].items()}
            names |= {} if old else {("new", name): name for name in rows["new_commune"]}
            self._memo[key] = UnitNames(pd.DataFrame({"name": pd.Series(names), "type": ""}))
        return self._memo[key]


def _named(communes, kind):
    """Return the old or the new communes as a table of units."""
    named = communes.drop_duplicates(f"{kind}_code").set_index(f"{kind}_code")[kind]
    return pd.DataFrame({"name": named, "type": ""})


def _unplaced(column, key, **values):
    return Place(said=(Said(column, key, values),))


def _several(column, text, allowed, severity="error"):
    return Place(said=(Said(column, "unit_ambiguous", {"value": text, "allowed": allowed}, severity),))


def _wrong(place):
    return any(said.severity == "error" for said in place.said)


def _reshaped(column, text, *codes):
    """Return the warning that a code was read which a spreadsheet took for a number: 801.0, 1 for 001."""
    number = NUMBER.fullmatch(text)
    same = [code for code in codes if number and text != code and NUMBER.sub(r"\1", code) == number[1]]
    return tuple(Said(column, "code_reshaped", {"code": code}, "warning") for code in same[:1])


def _parts(text):
    """Cut a text at commas, semicolons and brackets, but for those around "former"."""
    text = re.sub(r"\(\s*(cũ)\s*\)", r" \1", unicodedata.normalize("NFC", text), flags=re.IGNORECASE)
    return [part.strip() for part in re.split(r"[,;()\n]", text) if part.strip()]


def _was(part):
    """Tell whether a part says that it means the old commune: ``xã Đông Tiến cũ``."""
    return spelled(part).endswith(spelled(" cũ"))


def _now(part):
    return part[: part.rindex(" ")] if _was(part) else part

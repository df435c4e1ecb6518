"""Rebuild the register, targets, rounds and dossiers of Thanh Hóa as of 19 September 2024.

Newspapers and official pages published totals, dated rounds and some districts' counts; the register
itself was never published. This script fills the gap with a *reconstruction* that meets those figures:

1. Every usable row of ``published_figures.csv`` becomes a line "these units, from this day to that day, had
   so many new products". Lines of our own (`ASSUMED`) settle what the published ones leave open.
2. An integer programme deals the products to periods and districts so that every line holds exactly; among
   the many solutions it takes the one nearest to a seeded wish (about one product a commune).
3. Products get a decision day, stars, producer, commune and group by dealing from decks whose composition
   was published, where it was.
4. Upgrades, re-recognitions (certificates live 36 months) and two revocations follow.
5. Targets are apportioned to the districts by what they produced in the three years before.
6. Each new product since 2021 gets a dossier, dated backwards from its decision; councils see others that
   fail, as many as was published where it was. What is open at the end comes of a made-up future that is
   cut off there and written nowhere.

Run it as ``python tools/reconstruct.py [FOLDER]``. It reads ``published_figures.csv``, ``units.csv`` and
``communes.csv`` in the folder, ``data`` unless one is given, and writes ``register.csv``, ``targets.csv`` and
``rounds.csv`` there. The dossiers are made up from beginning to end, so they are no part of the data but an
example: ``example/dossiers.csv``. Six months of the register as progress reports, with the targets, are
another: ``example/progress.csv``. The same inputs always give the same bytes.
"""

import csv
import datetime as dt
import random
import re
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

DATA = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[1] / "data"
SCRIPT = "tools/reconstruct.py"
OURS = ("reconstructed", SCRIPT)
SEED = 2024
BEGIN, END = "2019-01-01", "2024-09-19"
REPORTED = [f"2024-{month:02d}" for month in range(4, 10)]  # the example of progress reports
DISTRICTS_DECIDE_FROM = "2023-03-15"

GROUPS = ("food", "drink", "craft", "herbal", "ornamental")
PRODUCER_TYPES = ("enterprise", "cooperative", "cooperative_group", "household")


@dataclass(frozen=True)
class Period:
    """Days in which products are dealt out as one lot; a provincial round is a period of one day."""

    first: str
    last: str
    programme_year: int
    four_star: int
    province_day: str

    @property
    def by_province(self) -> bool:
        """Whether the province decided on every product of the period."""
        return self.first < DISTRICTS_DECIDE_FROM


def _round(day: str, programme_year: int, four_star: int) -> Period:
    return Period(day, day, programme_year, four_star, day)


# Days of rounds as far as they are published, and periods that end where a published count binds; with each,
# the new products with four stars and the day the province decided on them.
PERIODS = (
    _round("2019-12-23", 2019, 5),
    _round("2020-03-31", 2020, 1),
    _round("2020-07-24", 2020, 4),
    _round("2020-12-25", 2020, 8),
    _round("2021-04-06", 2021, 3),
    _round("2021-06-28", 2021, 6),
    _round("2021-08-05", 2021, 3),
    _round("2021-11-26", 2021, 10),
    _round("2022-03-15", 2022, 4),
    _round("2022-08-19", 2022, 2),
    _round("2022-12-14", 2022, 3),
    _round("2023-01-12", 2022, 2),
    Period("2023-03-20", "2023-06-15", 2023, 1, "2023-06-09"),
    Period("2023-07-03", "2023-10-31", 2023, 0, "2023-09-15"),
    Period("2023-11-01", "2023-11-30", 2023, 1, "2023-11-24"),
    Period("2023-12-04", "2023-12-29", 2023, 0, "2023-12-22"),
    Period("2024-03-11", "2024-05-31", 2024, 1, "2024-05-24"),
    Period("2024-06-03", "2024-07-15", 2024, 0, "2024-07-05"),
    Period("2024-07-16", END, 2024, 0, "2024-09-13"),
)
PLANNED = (
    ("2024-10-31", "district"),
    ("2024-11-22", "province"),
    ("2024-11-29", "district"),
    ("2024-12-20", "district"),
    ("2024-12-20", "province"),
)
HOLIDAYS = (
    *("2020-09-02", "2021-01-01", "2021-02-10", "2021-02-11", "2021-02-12", "2021-02-15", "2021-02-16"),
    *("2021-04-21", "2021-04-30", "2021-05-03", "2021-09-02", "2021-09-03", "2022-01-03", "2022-01-31"),
    *("2022-02-01", "2022-02-02", "2022-02-03", "2022-02-04", "2022-04-11", "2022-05-02", "2022-05-03"),
    *("2022-09-01", "2022-09-02", "2023-01-02", "2023-01-20", "2023-01-23", "2023-01-24", "2023-01-25"),
    *("2023-01-26", "2023-05-01", "2023-05-02", "2023-05-03", "2023-09-01", "2023-09-04", "2024-01-01"),
    *(
        "2024-02-08",
        "2024-02-09",
        "2024-02-12",
        "2024-02-13",
        "2024-02-14",
        "2024-04-18",
        "2024-04-29",
        "2024-04-30",
    ),
    *("2024-05-01", "2024-09-02", "2024-09-03"),
)

# (as_of_date, unit, measure) of published figures that contradict better ones: data/README.md says why.
CONFLICTS = {
    ("2019-12-31", "Nga Sơn", "cumulative_recognised"),
    ("2024-07-31", "Thanh Hóa", "cumulative_recognised"),
    ("2024-07-31", "Thanh Hóa", "new_in_year_to_date"),
}

# What the published figures leave open for the province: (first day, last day, new products).
ASSUMED_PROVINCE = (
    ("2020-07-24", "2020-07-24", 12),
    ("2022-08-19", "2022-08-19", 14),
    ("2023-01-12", "2023-01-12", 32),
    ("2023-07-03", "2023-10-31", 38),
    ("2024-03-11", "2024-05-31", 23),
    ("2024-06-03", "2024-07-15", 18),
)
# Who had no product yet, and who began in which year: 18 units by the end of 2020, 24 by the end of 2021.
FIRST_PRODUCT_AFTER = {
    "2020-12-31": ("Nghi Sơn", "Sầm Sơn", "Bá Thước", "Lang Chánh", "Ngọc Lặc", "Quan Hóa"),
    "2021-12-31": ("Bỉm Sơn", "Mường Lát", "Quan Sơn"),
}
# (unit, first day, last day, new products); the one of 31 March 2020 is the 17th name of a list read as 16.
ASSUMED = (
    ("Cẩm Thủy", "2020-03-31", "2020-03-31", 1),
    ("Thanh Hóa", BEGIN, "2020-12-31", 5),
    ("Yên Định", BEGIN, "2020-12-31", 3),
    ("Thiệu Hóa", BEGIN, "2020-12-31", 3),
    ("Nông Cống", BEGIN, "2020-12-31", 2),
    ("Sầm Sơn", BEGIN, "2021-12-31", 2),
    ("Lang Chánh", BEGIN, "2021-12-31", 1),
    ("Thọ Xuân", BEGIN, "2022-12-31", 18),
    ("Thanh Hóa", BEGIN, "2023-06-21", 19),
    ("Hoằng Hóa", BEGIN, "2023-06-21", 20),
    ("Yên Định", BEGIN, "2023-06-21", 18),
    ("Hậu Lộc", BEGIN, "2023-06-21", 18),
)
# All products by the end, of the units for which it is not published.
TOTALS = {
    "Thanh Hóa": 29,
    "Bỉm Sơn": 6,
    "Sầm Sơn": 11,
    "Mường Lát": 3,
    "Quan Hóa": 7,
    "Bá Thước": 9,
    "Quan Sơn": 5,
    "Lang Chánh": 6,
    "Hà Trung": 25,
    "Vĩnh Lộc": 20,
    "Yên Định": 25,
    "Thọ Xuân": 34,
    "Thường Xuân": 12,
    "Triệu Sơn": 26,
    "Thiệu Hóa": 24,
    "Hậu Lộc": 26,
    "Nga Sơn": 30,
    "Như Thanh": 18,
    "Nông Cống": 22,
    "Đông Sơn": 16,
    "Quảng Xương": 28,
    "Nghi Sơn": 22,
}
# The ten units with new products in 2024; of Cẩm Thủy and Hoằng Hóa the number is published.
NEW_2024 = {
    "Thanh Hóa": 7,
    "Cẩm Thủy": 7,
    "Thạch Thành": 2,
    "Yên Định": 5,
    "Thọ Xuân": 8,
    "Triệu Sơn": 4,
    "Thiệu Hóa": 6,
    "Hoằng Hóa": 6,
    "Như Xuân": 3,
    "Quảng Xương": 4,
}
TOTAL_TARGETS = {2022: 100, 2023: 130}  # not published
TARGET_BOUNDS = (2, 8)

# Four-star products among a district's new ones: (unit, first day, last day, products).
FOUR_STARS = (
    ("Hoằng Hóa", BEGIN, "2019-12-31", 3),
    ("Nga Sơn", BEGIN, "2021-10-15", 6),
    ("Nga Sơn", "2021-10-16", "2023-06-30", 3),
    ("Ngọc Lặc", BEGIN, END, 0),
    ("Cẩm Thủy", "2024-01-01", END, 0),
)
FIVE_STAR_DAY = "2020-12-21"
# (day first recognised, day upgraded from three to four stars)
UPGRADES = (
    ("2020-07-24", "2021-06-28"),
    ("2020-07-24", "2023-06-09"),
    ("2020-07-24", "2023-06-09"),
    ("2020-12-25", "2023-11-24"),
)
REVOCATIONS = (("2021-11-26", "2023-08-22"), ("2022-03-15", "2024-04-10"))
RENEWED_BEFORE_LAPSE_OF_2020 = 8
ALWAYS_RENEWS = "Ngọc Lặc"
COMMUNES_AFTER_2021 = 190
SCORES = {3: (53.0, 69.4), 4: (70.2, 86.0), 5: (90.2, 94.0)}

DOSSIERS_FROM = "2021-01-01"
# Days back from the council to each step before it: (stage, fewest, most).
BACKWARDS = (("submitted", 7, 50), ("carried out", 3, 35), ("plan", 30, 110), ("idea", 20, 75))
EARLY_STAGES = {"idea": 5, "plan": 4, "carried out": 2}  # where those who give up early are, by weight
ORDER = (
    "idea",
    "plan",
    "carried out",
    "submitted",
    "sent back",
    "scored",
    "recognised",
    "refused",
    "withdrawn",
)
HURRIED = 0.2  # share of dossiers whose every step takes little more than the fewest days
COUNCIL_TO_DECISION = (3, 20)
PASS_SHARE = (8.1, 2.0)  # of a council's sitting, as a beta distribution: mean 0.80, standard deviation 0.12
SENT_BACK = 1 / 3  # of those who fail; the others are refused
COME_AGAIN = 0.75  # of those sent back, where a later sitting is near enough
BACK_AFTER = (30, 120)
GIVE_UP_EARLY = 0.12
FOUR_STARS_EXPECTED = 0.08
# Published in notes: the 6 who failed in August 2021 came again in November; the 2 of 2022 were "deferred".
ALL_SENT_BACK = ("2021-08-04", "2022-03-15")
ALL_CAME_AGAIN = ("2021-08-04",)
# The future that open dossiers come of: products decided until the end of 2024, and in half a year more.
TO_COME_2024, TO_COME_2025 = 60, 43
MOST_TO_COME = 7  # of one unit in either
FIRST_TO_COME = "2024-10-04"  # some councils of September wait for a decision of early October
PROVINCE_DAY_2025 = "2025-05-30"
OPEN_AS_TOLD = {"Ngọc Lặc": ("submitted", "carried out", "plan", "idea")}

NOTE_RECONSTRUCTED = "Tái lập toàn bộ."
NOTE_CANDIDATES = " Đã công bố: tổng số sản phẩm trước hội đồng này."
NOTE_PUBLISHED = (
    "Đã công bố: huyện, ngày và số quyết định. Tái lập: sản phẩm, chủ thể, xã, nhóm, điểm, hạng sao."
)
NOTE_ROUND = "Đã công bố: ngày và tổng số của đợt. Tái lập: huyện và mọi thông tin khác."
NOTE_ROUND_PUBLISHED = "Đã công bố: ngày và số sản phẩm."
NOTE_DAY_UNKNOWN = " Ngày 31/3/2020 là ngày quy ước: nguồn chỉ cho biết quý I/2020."
NOTE_DISTRICTS = "Tái lập toàn bộ: các quyết định của cấp huyện trong tháng, tính vào ngày ở giữa."
NOTE_PLANNED = "Ngày dự kiến là giả định."
NOTE_NGOC_LAC = "Đã công bố: ít nhất 3 sản phẩm mới."
NOTE_THO_XUAN = (
    "Tái lập: {plan} lũy kế theo kế hoạch năm 2023 (công bố: {source}) trừ {before} lũy kế cuối năm 2022."
)
NOTE_GOALS = "Đã công bố: trong 120 sản phẩm mới có 13 sản phẩm 4 sao và 4 sản phẩm 5 sao."
NOTE_TARGET = {
    2021: "Tái lập; tổng toàn tỉnh 80 đã công bố.",
    2022: "Tái lập; tổng toàn tỉnh cũng là giả định.",
    2023: "Tái lập; tổng toàn tỉnh cũng là giả định.",
    2024: "Tái lập; tổng toàn tỉnh 120 và khoảng 2 đến 8 đã công bố.",
}


@dataclass(frozen=True)
class Line:
    """The units together had `products` new products from `first` to `last`."""

    units: frozenset
    first: str
    last: str
    products: int

    def covers(self, unit: str, period: Period) -> bool:
        """Whether the products of the unit in the period are among those the line counts."""
        return unit in self.units and self.first <= period.first and period.last <= self.last


@dataclass(eq=False)
class Producer:
    """A producer, who lives in one commune."""

    name: str
    kind: str
    commune: str


@dataclass(eq=False)
class Product:
    """A product, as first recognised; `stars` and `due` follow its later decisions."""

    unit: str
    period: Period
    day: str = ""
    stars: int = 3
    code: str = ""
    group: str = ""
    producer: Producer | None = None
    due: str = ""
    closed: bool = False


@dataclass(frozen=True)
class Part:
    """Some products; how many had a new producer, and how many of those were the first in a commune."""

    products: list[Product]
    producers: int
    communes: int


@dataclass(eq=False)
class Decision:
    """One row of the register."""

    product: Product
    kind: str
    day: str
    stars: int
    authority: str
    programme_year: int
    score: float | None
    expiry: str
    number: str = ""
    round: str = ""
    origin: str = "reconstructed"
    source: str = SCRIPT
    note: str = NOTE_RECONSTRUCTED


@dataclass(eq=False)
class Sitting:
    """A council's day and the day of the decision that follows it; the province's council has no unit."""

    unit: str
    day: str
    decided: str
    dossiers: list = field(default_factory=list)


@dataclass(eq=False)
class Dossier:
    """A product on its way, whether it was recognised or not; `steps` are (day, stage)."""

    unit: str
    stars: int
    product: Product | None = None
    outcome: str = "recognised"
    sittings: list[Sitting] = field(default_factory=list)
    steps: list[tuple[str, str]] = field(default_factory=list)
    code: str = ""


def read(name: str) -> list[dict]:
    """Rows of a CSV file beside this script."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(name: str, rows: list[dict]) -> None:
    """Write rows as CSV with LF line ends."""
    (DATA / name).parent.mkdir(exist_ok=True)
    with (DATA / name).open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def figure(figures: list[dict], as_of: str, unit: str, measure: str) -> dict:
    """Return the one published figure of that day, unit and measure."""
    key = (as_of, unit, measure)
    (found,) = [row for row in figures if (row["as_of_date"], row["unit"], row["measure"]) == key]
    return found


# 1. Lines


def published_lines(figures: list[dict], units: list[dict], level: str) -> list[Line]:
    """Return the published counts of new products at one level, without the conflicts."""
    members = {unit["name"]: frozenset([unit["name"]]) for unit in units}
    members["11 mountainous districts"] = frozenset(u["name"] for u in units if u["terrain"] == "mountainous")
    begins = {
        "batch_recognised": lambda day: max(p.first for p in PERIODS if p.first <= day),
        "cumulative_recognised": lambda day: BEGIN,
        "new_in_year": lambda day: f"{day[:4]}-01-01",
        "new_in_year_to_date": lambda day: f"{day[:4]}-01-01",
    }
    lines = []
    for row in figures:
        day, unit, measure = row["as_of_date"], row["unit"], row["measure"]
        usable = row["level"] == level and unit in members and measure in begins
        if usable and (day, unit, measure) not in CONFLICTS:
            lines.append(Line(members[unit], begins[measure](day), day, int(row["value"])))
    return lines


def assumed_lines(units: list[dict]) -> list[Line]:
    """Return our own lines for districts."""
    lines = [Line(frozenset([unit]), first, last, n) for unit, first, last, n in ASSUMED]
    lines += [Line(frozenset([unit]), BEGIN, END, n) for unit, n in TOTALS.items()]
    for last, late in FIRST_PRODUCT_AFTER.items():
        lines += [Line(frozenset([unit]), BEGIN, last, 0) for unit in late]
    for unit in units:
        name = unit["name"]
        lines.append(Line(frozenset([name]), "2024-01-01", END, NEW_2024.get(name, 0)))
    return lines


def period_totals(figures: list[dict], units: list[dict]) -> dict[Period, int]:
    """Return the new products of the province in each period; the lines leave exactly one solution."""
    province = frozenset(["Thanh Hóa"])
    lines = published_lines(figures, units, "province")
    lines += [Line(province, first, last, n) for first, last, n in ASSUMED_PROVINCE]
    counts = allot({("Thanh Hóa", period): 1.0 for period in PERIODS}, lines, most=90)
    return {period: counts["Thanh Hóa", period] for period in PERIODS}


# 2. Products to periods and districts


def wishes(rng: random.Random, units: list[dict], communes: dict, totals: dict) -> dict:
    """Draw how dear each unit is to each period: by its communes, but unequal from round to round."""
    size = {unit["name"]: len(communes[unit["name"]]) for unit in units}
    return {
        (unit["name"], period): totals[period] * size[unit["name"]] * (0.02 + unevenness(rng, period))
        for unit in units
        for period in PERIODS
    }


def unevenness(rng: random.Random, period: Period) -> float:
    """Draw a factor of mean one; districts' own councils sit seldom and decide on more products at once."""
    shape = 1.2 if period.by_province else 0.4
    return rng.gammavariate(shape, 1 / shape)


def allot(wish: dict, lines: list[Line], most: int) -> dict:
    """Deal whole products to the cells of `wish` so that every line holds, as near to the wish as can be.

    The k-th product of a cell costs k / wish. Costs are whole numbers, so that the best solution beats the
    second best by one at least and every exact solver finds the same.
    """
    cells = [(unit, period, k) for unit, period in wish for k in range(1, most + 1)]
    cost = [round(1e6 * k / wish[unit, period]) for unit, period, k in cells]
    within = [[line.covers(unit, period) for unit, period, _ in cells] for line in lines]
    exactly = [line.products for line in lines]
    solution = milp(
        cost,
        integrality=np.ones(len(cells)),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(np.array(within, dtype=float), exactly, exactly),
        options={"mip_rel_gap": 0},
    )
    if not solution.success:
        raise SystemExit(f"the lines contradict each other: {solution.message}")
    taken = Counter((unit, period) for (unit, period, _), x in zip(cells, solution.x, strict=True) if x > 0.5)
    return {cell: taken[cell] for cell in wish}


def deal_counts(rng: random.Random, figures: list[dict], units: list[dict], communes: dict) -> dict:
    """Return new products per unit and period that meet all lines."""
    totals = period_totals(figures, units)
    everyone = frozenset(unit["name"] for unit in units)
    lines = [Line(everyone, period.first, period.last, n) for period, n in totals.items()]
    lines += published_lines(figures, units, "region") + published_lines(figures, units, "district")
    return allot(wishes(rng, units, communes, totals), lines + assumed_lines(units), most=12)


# 3. The products and what is known of them


def make_products(counts: dict) -> list[Product]:
    """Return one product for each count, in order of period and unit."""
    cells = sorted(counts.items(), key=lambda item: PERIODS.index(item[0][1]))
    return [Product(unit, period) for (unit, period), n in cells for _ in range(n)]


def give_stars(rng: random.Random, products: list[Product]) -> None:
    """Four stars to as many products of each period as it had; the districts of `FOUR_STARS` get theirs."""
    room = {period: period.four_star for period in PERIODS}
    free = list(products)
    for unit, first, last, wanted in FOUR_STARS:
        own = [p for p in free if p.unit == unit and first <= p.period.first <= last]
        free = [p for p in free if p not in own]
        promote(rng, own, wanted, room)
    for period in PERIODS:
        promote(rng, [p for p in free if p.period == period], room[period], room)


def promote(rng: random.Random, products: list[Product], wanted: int, room: dict) -> None:
    """Give four stars to `wanted` of the products, where the period has room for them."""
    for product in rng.sample(products, len(products)):
        if wanted and room[product.period]:
            product.stars = 4
            room[product.period] -= 1
            wanted -= 1


def give_days(rng: random.Random, products: list[Product], figures: list[dict]) -> None:
    """Decision days: the round's day, or a day of the district's own council for three stars since 2023."""
    fixed = {(row["unit"], row["as_of_date"]) for row in figures if row["measure"] == "batch_recognised"}
    own = defaultdict(list)
    for product in products:
        product.day = product.period.province_day
        if not product.period.by_province and product.stars == 3:
            own[product.unit, product.period].append(product)
    for (unit, period), lot in own.items():
        if (unit, period.last) in fixed:
            spread(lot, period.last)
            continue
        for sitting in sittings_of(lot):
            spread(sitting, working_day(rng, period.first, period.last))


def sittings_of(lot: list[Product]) -> list[list[Product]]:
    """Split a district's lot into two sittings where it has more than five products."""
    half = (len(lot) + 1) // 2
    return [lot[:half], lot[half:]] if len(lot) > 5 else [lot]


def spread(lot: list[Product], day: str) -> None:
    """Date all products of the lot."""
    for product in lot:
        product.day = day


def working_day(rng: random.Random, first: str, last: str) -> str:
    """Return a random working day from `first` to `last`."""
    begin, end = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    days = [begin + dt.timedelta(n) for n in range((end - begin).days + 1)]
    return rng.choice([str(day) for day in days if day.weekday() < 5 and str(day) not in HOLIDAYS])


def give_codes(products: list[Product], units: list[dict]) -> None:
    """Sort by day and number the products of each unit."""
    code = {unit["name"]: unit["unit"] for unit in units}
    products.sort(key=lambda product: (product.day, code[product.unit], -product.stars))
    number = Counter()
    for product in products:
        number[product.unit] += 1
        product.code = f"38-{code[product.unit]}-{number[product.unit]:03d}"


def numbers(note: str, words: tuple[str, ...]) -> list[int]:
    """Find the numbers after the words, such as 9 for "drink" in "food 108, drink 9"; 0 where none stands."""
    found = [re.search(rf"\b{word} (\d+)", note) for word in words]
    return [int(match[1]) if match else 0 for match in found]


def give_groups(rng: random.Random, products: list[Product], figures: list[dict]) -> None:
    """Deal the product groups from decks with the published mix of the end of 2021 and 2023 and of 2024."""
    at_2021 = numbers(figure(figures, "2021-12-31", "Thanh Hóa", "cumulative_recognised")["note"], GROUPS)
    at_2024 = numbers(figure(figures, "2024-07-31", "Thanh Hóa", "cumulative_recognised")["note"], GROUPS)
    in_2024 = numbers(figure(figures, "2024-07-31", "Thanh Hóa", "new_in_year_to_date")["note"], GROUPS)
    between = [total - new - old for total, new, old in zip(at_2024, in_2024, at_2021, strict=True)]
    in_2024[0] -= sum(in_2024) - sum(NEW_2024.values())
    deck = []
    for mix in (at_2021, between, in_2024):
        part = [group for group, n in zip(GROUPS, mix, strict=True) for _ in range(n)]
        deck += rng.sample(part, len(part))
    for product, group in zip(products, deck, strict=True):
        product.group = group


# 4. Producers and communes


def note_of(figures: list[dict], as_of: str, unit: str) -> str:
    """Return the note beside a published cumulative count."""
    return figure(figures, as_of, unit, "cumulative_recognised")["note"]


def count_of(note: str, word: str) -> int:
    """Find the number before a word: 45 for "communes" in "47 producers, 45 communes"."""
    return int(re.search(rf"(\d+) {word}", note)[1])


def quotas(products: list[Product], figures: list[dict], mountainous: set) -> list[Part]:
    """Cut the register into parts whose new producers and communes add up to the published counts."""
    note = partial(note_of, figures)
    ends = [note(day, "Thanh Hóa") for day in ("2020-12-31", "2021-12-31", "2024-07-31")]
    hoang_hoa = note("2024-05-31", "Hoằng Hóa")
    in_hills = count_of(note("2020-09-30", "11 mountainous districts"), "producers")

    producers = [in_hills, *(count_of(end, "producers") for end in ends)]
    communes = [in_hills, *(count_of(end, "communes") for end in ends[:2])]
    communes.append(communes[-1] + COMMUNES_AFTER_2021)
    own = [(5, 5), (4, 4), (count_of(hoang_hoa, "producers") - 9, count_of(hoang_hoa, "communes") - 9)]

    first = [p for p in products if p.unit in mountainous and p.day <= "2020-09-30"]
    parts = [Part(first, in_hills, in_hills)]
    for n, years in enumerate([("2019", "2020"), ("2021",), ("2022", "2023", "2024")]):
        part = [p for p in products if p.day[:4] in years and p not in first]
        new, fresh = producers[n + 1] - producers[n], communes[n + 1] - communes[n]
        parts.append(Part([p for p in part if p.unit == "Hoằng Hóa"], *own[n]))
        parts.append(Part([p for p in part if p.unit != "Hoằng Hóa"], new - own[n][0], fresh - own[n][1]))
    return parts


def settle(rng: random.Random, part: Part, homes: dict, communes: dict) -> None:
    """Give each product of the part a producer: a new one, or one that its district has already."""
    newcomers = pick(rng, part.products, part.producers, homes)
    pioneers = pick(rng, newcomers, part.communes, homes)
    for product in part.products:
        known = homes[product.unit]
        if product in newcomers:
            used = {producer.commune for producer in known}
            choice = [c for c in communes[product.unit] if (c in used) != (product in pioneers)]
            name = f"Chủ thể {product.code[3:6]}-{len(known) + 1:02d}"
            known.append(Producer(name, "", rng.choice(choice)))
        product.producer = known[-1] if product in newcomers else rng.choice(known)


def pick(rng: random.Random, part: list[Product], wanted: int, homes: dict) -> list[Product]:
    """Pick so many products; the first of a unit that has no producer yet is always among them."""
    first = {}
    for product in part:
        if not homes[product.unit]:
            first.setdefault(product.unit, product)
    must = list(first.values())
    return must + rng.sample([p for p in part if p not in must], wanted - len(must))


def give_producers(rng: random.Random, parts: list[Part], communes: dict) -> None:
    """Let every product have a producer and, through it, a commune."""
    homes = defaultdict(list)
    for part in parts:
        settle(rng, part, homes, communes)


def types_in(note: str) -> list[int]:
    """Enterprises, cooperatives, cooperative groups and households counted in a note."""
    found = re.search(r"(\d+) ent\D+(\d+) coop\D+(\d+) \D*group\D+(\d+) house", note)
    return [int(n) for n in found.groups()]


def give_producer_types(rng: random.Random, products: list[Product], figures: list[dict]) -> None:
    """Deal producer types in the published mixes of 2020 and 2021, then draw them as in 2024."""
    at_2020 = types_in(figure(figures, "2021-01-31", "Thanh Hóa", "producers")["note"])
    at_2021 = types_in(figure(figures, "2021-12-31", "Thanh Hóa", "cumulative_recognised")["note"])
    in_2024 = types_in(figure(figures, "2024-07-31", "Thanh Hóa", "new_in_year_to_date")["note"])
    in_2021 = [total - old for total, old in zip(at_2021, at_2020, strict=True)]
    producers = list({id(p.producer): p.producer for p in products}.values())
    deck = rng.sample(PRODUCER_TYPES, sum(at_2020), counts=at_2020)
    deck += rng.sample(PRODUCER_TYPES, sum(in_2021), counts=in_2021)
    deck += rng.choices(PRODUCER_TYPES, in_2024, k=len(producers) - len(deck))
    for producer, kind in zip(producers, deck, strict=True):
        producer.kind = kind


# 5. Decisions


def in_three_years(day: str) -> str:
    """Return the day 36 months later: the first on which the certificate is no longer valid."""
    return f"{int(day[:4]) + 3}{day[4:]}".replace("-02-29", "-02-28")


def shifted(day: str, days: int) -> str:
    """Return the day so many days later."""
    return str(dt.date.fromisoformat(day) + dt.timedelta(days))


def authority(stars: int, day: str) -> str:
    """Who decides: five stars the centre; three stars the district since March 2023; else the province."""
    if stars == 5:
        return "central"
    return "district" if stars == 3 and day >= DISTRICTS_DECIDE_FROM else "province"


def decide(rng: random.Random, product: Product, kind: str, day: str) -> Decision:
    """Recognise the product for 36 months."""
    product.due = in_three_years(day)
    stars, who = product.stars, authority(product.stars, day)
    score = round(rng.uniform(*SCORES[stars]), 1)
    year = {period.province_day: period.programme_year for period in PERIODS}.get(day, int(day[:4]))
    return Decision(product, kind, day, stars, who, year, score, product.due)


def upgrade(rng: random.Random, products: list[Product]) -> list[Decision]:
    """Upgrade one product of 2019 to five stars and a few of 2020 to four."""
    counted = {unit for unit, *_ in FOUR_STARS}
    champion = rng.choice([p for p in products if p.unit == "Hoằng Hóa" and p.day == "2019-12-23"])
    champion.stars = 5
    rows = [decide(rng, champion, "upgraded", FIVE_STAR_DAY)]
    for first, day in UPGRADES:
        candidates = [p for p in products if p.day == first and p.stars == 3 and p.unit not in counted]
        product = rng.choice(candidates)
        product.stars = 4
        rows.append(decide(rng, product, "upgraded", day))
    return rows


def revoke(rng: random.Random, products: list[Product]) -> list[Decision]:
    """Revoke the certificate of a product now and then."""
    rows = []
    for first, day in REVOCATIONS:
        candidates = [p for p in products if p.day == first and p.stars == 3 and p.unit != ALWAYS_RENEWS]
        product = rng.choice(candidates)
        product.closed = True
        rows.append(Decision(product, "revoked", day, 3, "district", int(day[:4]), None, ""))
    return rows


def renew(rng: random.Random, products: list[Product]) -> list[Decision]:
    """Re-recognise products around the lapse of their certificate; some come late, some never."""
    sittings = {p.unit: sorted({q.day for q in products if q.unit == p.unit}) for p in products}
    in_time = rng.sample([p for p in products if p.day == "2020-03-31"], RENEWED_BEFORE_LAPSE_OF_2020)
    rows = []
    for product in products:
        window = renewal_window(rng, product, in_time)
        if window and not product.closed:
            rows.append(decide(rng, product, "re-recognised", renewal_day(rng, product, window, sittings)))
    return rows


def renewal_window(rng: random.Random, product: Product, in_time: list) -> tuple[str, str] | None:
    """Days in which the product is re-recognised: before its certificate lapses, after, or never."""
    before = shifted(product.due, -120), min(shifted(product.due, -1), END)
    after = shifted(product.due, 100), min(shifted(product.due, 330), END)
    always = product.stars == 5 or (product.unit == ALWAYS_RENEWS and product.due <= END)
    share_before = 0.55 if product.due <= END else 0.05
    share_after = 0.07
    if product.period.last <= "2020-03-31":  # published: they lapsed, but for those renewed in time
        share_before, share_after = 0, 0.5
    luck = rng.random()
    if always or product in in_time or luck < share_before:
        window = before
    elif luck < share_before + share_after:
        window = after
    else:
        return None
    return window if window[0] <= window[1] else None


def renewal_day(rng: random.Random, product: Product, window: tuple[str, str], sittings: dict) -> str:
    """Choose a sitting of whoever decides within the days, or a working day of its own if there is none."""
    first, last = window
    rounds = [period.province_day for period in PERIODS]
    days = rounds if product.stars == 4 else [d for d in rounds if d < DISTRICTS_DECIDE_FROM]
    if product.stars == 3:
        days = days + [d for d in sittings[product.unit] if d >= DISTRICTS_DECIDE_FROM]
    days = [day for day in days if first <= day <= last]
    day = rng.choice(days) if days else working_day(rng, max(first, DISTRICTS_DECIDE_FROM), last)
    sittings[product.unit].append(day)
    return day


# 6. The tables


def published_batches(figures: list[dict]) -> dict[tuple[str, str], dict]:
    """(district, day) of the named lists that were published."""
    return {
        (row["unit"], row["as_of_date"]): row
        for row in figures
        if row["level"] == "district" and "counted from the named list" in row["note"]
    }


def province_batches(figures: list[dict]) -> dict[str, dict]:
    """Dated rounds of the province that were published, by day."""
    return {
        row["as_of_date"]: row
        for row in figures
        if row["level"] == "province" and row["unit"] == "Thanh Hóa" and row["measure"] == "batch_recognised"
    }


def body(row: Decision, code: dict) -> str:
    """Code of the body that decides: the province, the district or the centre."""
    return {"province": "38", "central": "TW", "district": code[row.product.unit]}[row.authority]


def number_decisions(rows: list[Decision], figures: list[dict], code: dict) -> None:
    """Give decisions and rounds their numbers; those that start with TL (tái lập) are ours."""
    batches = province_batches(figures)
    days, rounds = defaultdict(set), defaultdict(set)
    for row in rows:
        days[body(row, code), row.day[:4]].add(row.day)
        rounds[body(row, code), row.programme_year].add(row.day)
    for row in rows:
        who = body(row, code)
        nth = sorted(days[who, row.day[:4]]).index(row.day) + 1
        official = re.search(r"QĐ (\d+/QĐ-UBND)", batches.get(row.day, {"note": ""})["note"])
        ours = f"TL-{who}-{row.day[:4]}-{nth:02d}/QĐ-{'BNN' if who == 'TW' else 'UBND'}"
        row.number = official[1] if official and who == "38" else ours
        order = sorted(rounds[who, row.programme_year]).index(row.day) + 1
        row.round = "Trung ương" if who == "TW" else f"Đợt {order}"


def tell_origin(rows: list[Decision], figures: list[dict]) -> None:
    """Say of every row whether it was published, where, and what in it is ours all the same."""
    lists, batches = published_batches(figures), province_batches(figures)
    for row in rows:
        figure_of_row = lists.get((row.product.unit, row.day)) if row.kind == "new" else None
        if figure_of_row:
            row.source = figure_of_row["source"]
            row.origin = "published"
            row.note = NOTE_PUBLISHED
        elif row.kind == "new" and row.authority == "province" and row.day in batches:
            row.note = NOTE_ROUND
        if row.day == "2020-03-31":
            row.note += NOTE_DAY_UNKNOWN


def register_table(rows: list[Decision], code: dict) -> list[dict]:
    """Return the register, a row per decision and product, in order of time."""
    rows = sorted(rows, key=lambda row: (row.day, body(row, code), row.number, row.product.code))
    return [
        {
            "no": no,
            "product_code": row.product.code,
            "product": f"Sản phẩm {row.product.code[3:]}",
            "producer": row.product.producer.name,
            "producer_type": row.product.producer.kind,
            "commune": row.product.producer.commune,
            "district": row.product.unit,
            "group": row.product.group,
            "score": "" if row.score is None else f"{row.score:.1f}",
            "stars": row.stars,
            "decision_no": row.number,
            "decision_date": row.day,
            "authority": row.authority,
            "round": row.round,
            "programme_year": row.programme_year,
            "kind": row.kind,
            "expiry_date": row.expiry,
            "origin": row.origin,
            "source": row.source,
            "note": row.note,
        }
        for no, row in enumerate(rows, start=1)
    ]


def rounds_table(rows: list[Decision], figures: list[dict]) -> list[dict]:
    """Return the rounds held, by the province and by the districts, and those planned to the end of 2024."""
    batches = province_batches(figures)
    by_province = [row for row in rows if row.authority == "province"]
    held = sorted({(row.programme_year, row.round, row.day) for row in by_province}, key=lambda key: key[2])
    new = Counter(row.day for row in by_province if row.kind == "new")
    table = []
    for key in held:
        day = key[2]
        origin = ("published", batches[day]["source"]) if day in batches else OURS
        note = NOTE_ROUND_PUBLISHED if day in batches else NOTE_RECONSTRUCTED
        note += NOTE_DAY_UNKNOWN if day == "2020-03-31" else ""
        table.append(round_row(key, "province", new[day], origin, note))
    table = sorted(table + district_rounds(rows), key=lambda row: row["date"])
    for day, level in PLANNED:
        nth = 1 + sum(row["programme_year"] == 2024 and row["level"] == "province" for row in table)
        name = f"Đợt {nth}" if level == "province" else f"Đợt tháng {day[5:7]}"
        table.append(round_row((2024, name, day), level, None, OURS, NOTE_PLANNED))
    return table


def district_rounds(rows: list[Decision]) -> list[dict]:
    """Return what the districts decided as a round a month, as their planned ones are, on its middle day."""
    months = defaultdict(list)
    for row in rows:
        if row.authority == "district":
            months[row.programme_year, row.day[:7]].append(row)
    table = []
    for (year, month), batch in months.items():
        day = sorted(row.day for row in batch)[len(batch) // 2]
        new = sum(row.kind == "new" for row in batch)
        key = (year, f"Đợt tháng {month[5:]}", day)
        table.append(round_row(key, "district", new, OURS, NOTE_DISTRICTS))
    return table


def round_row(key: tuple, level: str, recognised: int | None, origin: tuple, note: str) -> dict:
    """Return a row of the table of rounds; a round without a count is planned."""
    return {
        "programme_year": key[0],
        "round": key[1],
        "date": key[2],
        "level": level,
        "status": "planned" if recognised is None else "held",
        "recognised": recognised,
        "origin": origin[0],
        "source": origin[1],
        "note": note,
    }


# 7. Targets


def apportion(total: int, weight: dict, fixed: dict) -> dict:
    """Whole numbers within `TARGET_BOUNDS` that sum to the total, in proportion to the weights (Webster)."""
    low, high = TARGET_BOUNDS
    seats = {unit: fixed.get(unit, low) for unit in weight}
    while sum(seats.values()) < total:
        open_units = [unit for unit in weight if unit not in fixed and seats[unit] < high]
        seats[max(open_units, key=lambda unit: weight[unit] / (seats[unit] + 0.5))] += 1
    return seats


def targets_table(rng: random.Random, products: list[Product], figures: list, units: list) -> list[dict]:
    """Targets of 2021 to 2024 for all units."""
    plans = [row for row in figures if (row["unit"], row["measure"]) == ("Thanh Hóa", "annual_target_new")]
    totals = TOTAL_TARGETS | {int(row["as_of_date"][:4]): int(row["value"]) for row in plans}
    ngoc_lac = figure(figures, "2024-12-31", "Ngọc Lặc", "annual_target_new")
    tho_xuan = figure(figures, "2023-12-31", "Thọ Xuân", "cumulative_target")
    by_2022 = sum(p.unit == "Thọ Xuân" and p.day <= "2022-12-31" for p in products)
    fixed = {2023: {"Thọ Xuân": int(tho_xuan["value"]) - by_2022}, 2024: {"Ngọc Lặc": int(ngoc_lac["value"])}}

    table = []
    for year in sorted(totals):
        weight = {unit["name"]: ambition(rng, products, unit["name"], year) for unit in units}
        target = apportion(totals[year], weight, fixed.get(year, {}))
        table += [target_row(unit, year, target[unit["name"]]) for unit in units]
    for row in table:
        if (row["name"], row["year"]) == ("Ngọc Lặc", 2024):
            row |= {"origin": "published", "source": ngoc_lac["source"], "note": NOTE_NGOC_LAC}
        if (row["name"], row["year"]) == ("Thọ Xuân", 2023):
            row["note"] = NOTE_THO_XUAN.format(
                plan=tho_xuan["value"], before=by_2022, source=tho_xuan["source"]
            )
    return table


def ambition(rng: random.Random, products: list[Product], unit: str, year: int) -> float:
    """Weight of a unit in the plan of a year: its new products of the three years before, smoothed."""
    past = sum(p.unit == unit and f"{year - 3}" <= p.day[:4] < f"{year}" for p in products)
    return (past + 2) * rng.uniform(0.8, 1.2)


def target_row(unit: dict, year: int, target: int) -> dict:
    """Return a reconstructed target."""
    return {
        "unit": unit["unit"],
        "name": unit["name"],
        "year": year,
        "target": target,
        "origin": "reconstructed",
        "source": SCRIPT,
        "note": NOTE_TARGET[year],
    }


def goals_table(figures: list) -> list[dict]:
    """Return what was published of the province's new products by stars."""
    plan = figure(figures, "2024-12-31", "Thanh Hóa", "annual_target_new")
    four, five = re.search(r"of which (\d+) four-star and (\d+) five-star", plan["note"]).groups()
    row = {"year": 2024, "four_star": four, "five_star": five, "valid": ""}
    return [row | {"origin": "published", "source": plan["source"], "note": NOTE_GOALS}]


# 8. Dossiers


def dossiers_table(rng: random.Random, rows: list[Decision], figures: list, plan: list) -> list[dict]:
    """Return the steps of all dossiers up to the end, in order of time."""
    code = {row["name"]: row["unit"] for row in plan}
    councils = published_councils(figures)
    passed = [row for row in rows if row.kind == "new" and row.day >= DOSSIERS_FROM]
    lots = [(row.product.unit, row.stars, row.day, row.product) for row in passed]
    sittings = make_sittings(rng, lots + products_to_come(rng, lacking(rows, plan)), councils)
    weight = weights(sittings)
    for sitting in reversed(sittings):
        add_failed(rng, sitting, sittings, councils.get(sitting.day), weight)
    dossiers = list(dict.fromkeys(dossier for sitting in sittings for dossier in sitting.dossiers))
    for dossier in dossiers:
        dossier.steps = steps_of(rng, dossier)
    dossiers += early_leavers(rng, dossiers) + told_to_be_open(rng)
    return step_rows(cut_off(dossiers, code), councils)


def published_councils(figures: list[dict]) -> dict[str, dict]:
    """Return the provincial councils whose candidates were published, by day: candidates, units, decision."""
    rows = [row for row in figures if (row["unit"], row["measure"]) == ("Thanh Hóa", "batch_candidates")]
    return {
        row["as_of_date"]: {
            "candidates": int(row["value"]),
            "units": count_of(row["note"], "district units"),
            "decided": min(p.province_day for p in PERIODS if p.province_day >= row["as_of_date"]),
        }
        for row in rows
    }


def lacking(rows: list[Decision], plan: list[dict]) -> dict[str, int]:
    """Return what each unit still lacks to its target of 2024."""
    done = Counter(row.product.unit for row in rows if row.kind == "new" and row.day >= "2024-01-01")
    return {row["name"]: max(row["target"] - done[row["name"]], 0) for row in plan if row["year"] == 2024}


def products_to_come(rng: random.Random, lack: dict[str, int]) -> list[tuple]:
    """Make up products decided after the end: (unit, stars, day, no product of the register)."""
    months = [FIRST_TO_COME, *(day for day, level in PLANNED if level == "district")]
    rounds = [day for day, level in PLANNED if level == "province"]
    half_year = [f"2025-0{month}-28" for month in range(1, 7)]
    return [
        *deal_to_come(rng, lack, TO_COME_2024, months, rounds),
        *deal_to_come(rng, lack, TO_COME_2025, half_year, [PROVINCE_DAY_2025]),
    ]


def deal_to_come(rng: random.Random, lack: dict, total: int, months: list, rounds: list) -> list[tuple]:
    """Deal products to units, more to those that lack more but unevenly, and give them days of decision."""
    units = [unit for unit in lack if unit not in OPEN_AS_TOLD]
    weight = {unit: (lack[unit] + 0.7) * rng.gammavariate(0.8, 1 / 0.8) for unit in units}
    count, lots = Counter(), []
    for _ in range(total):
        room = [unit for unit in units if count[unit] < MOST_TO_COME]
        count[rng.choices(room, [weight[unit] for unit in room])[0]] += 1
    for unit in units:
        four = sum(rng.random() < FOUR_STARS_EXPECTED for _ in range(count[unit]))
        lots += [(unit, 4, rng.choice(rounds), None) for _ in range(four)]
        for sitting in sittings_of([None] * (count[unit] - four)):
            last = rng.choice(months)
            day = working_day(rng, f"{last[:8]}01", last)
            lots += [(unit, 3, day, None) for _ in sitting]
    return lots


def make_sittings(rng: random.Random, lots: list[tuple], councils: dict) -> list[Sitting]:
    """Return the sittings that passed the products, in order of time, each with their dossiers."""
    batches = defaultdict(list)
    for unit, stars, day, product in lots:
        council = unit if authority(stars, day) == "district" else ""
        batches[day, council].append(Dossier(unit, stars, product))
    published = {council["decided"]: day for day, council in councils.items()}
    sittings = []
    for (decided, unit), batch in sorted(batches.items()):
        fewest, most = COUNCIL_TO_DECISION
        drawn = working_day(rng, shifted(decided, -most), shifted(decided, -fewest))
        sittings.append(Sitting(unit, published.get(decided, drawn), decided, batch))
        for dossier in batch:
            dossier.sittings.append(sittings[-1])
    return sorted(sittings, key=lambda sitting: (sitting.day, sitting.unit))


def weights(sittings: list[Sitting]) -> dict[str, int]:
    """Return how likely a candidate of the province's council is of each unit: as of those who passed one."""
    passed = Counter(d.unit for s in sittings if not s.unit for d in s.dossiers if d.outcome == "recognised")
    units = sorted({dossier.unit for sitting in sittings for dossier in sitting.dossiers})
    return {unit: passed[unit] + 1 for unit in units}


def add_failed(
    rng: random.Random, sitting: Sitting, sittings: list, council: dict | None, weight: dict
) -> None:
    """Add those who failed before the council; some of them were sent back and come again to a later one."""
    failed = number_failed(rng, len(sitting.dossiers), council)
    back = sum(rng.random() < SENT_BACK for _ in range(failed))
    back = failed if sitting.day in ALL_SENT_BACK else back
    again = sum(rng.random() < COME_AGAIN for _ in range(back))
    again = back if sitting.day in ALL_CAME_AGAIN else again
    wanted = council["units"] if council else 0
    came = [come_again(rng, sitting, sittings, wanted) for _ in range(again)]
    never = back - sum(dossier is not None for dossier in came)
    for n in range(failed - back + never):
        failure = Dossier(unit_of_failed(rng, sitting, wanted, weight), expected_stars(rng, sitting))
        failure.outcome = "sent back" if n < never else "refused"
        failure.sittings.append(sitting)
        sitting.dossiers.append(failure)


def number_failed(rng: random.Random, passed: int, council: dict | None) -> int:
    """Return how many failed: as published, or from a share of its own for each sitting."""
    share = rng.betavariate(*PASS_SHARE)
    drawn = int(passed * (1 - share) / share + rng.random())
    return council["candidates"] - passed if council else drawn


def come_again(rng: random.Random, sitting: Sitting, sittings: list, wanted: int) -> Dossier | None:
    """Let one candidate of a later sitting have been sent back at this one; None where there is none."""
    have = {dossier.unit for dossier in sitting.dossiers}
    first, last = shifted(sitting.day, BACK_AFTER[0] + 14), shifted(sitting.day, BACK_AFTER[1] + 40)
    candidates = [
        dossier
        for later in sittings
        if first <= later.day <= last
        and (later.unit == sitting.unit or (not sitting.unit and sitting.day < DISTRICTS_DECIDE_FROM))
        for dossier in later.dossiers
        if dossier.sittings == [later] and admitted(dossier.unit, have, wanted)
    ]
    if not candidates:
        return None
    dossier = rng.choice(candidates)
    dossier.sittings.insert(0, sitting)
    sitting.dossiers.append(dossier)
    return dossier


def admitted(unit: str, have: set, wanted: int) -> bool:
    """Whether a candidate of the unit helps the council to the number of units that was published, if any."""
    return not wanted or (unit in have) == (len(have) >= wanted)


def unit_of_failed(rng: random.Random, sitting: Sitting, wanted: int, weight: dict) -> str:
    """Draw the unit of one who failed: the council's own, or any before the province's."""
    if sitting.unit:
        return sitting.unit
    have = {dossier.unit for dossier in sitting.dossiers}
    told = OPEN_AS_TOLD if sitting.day >= "2024-01-01" else {}
    units = [unit for unit in weight if unit not in told and admitted(unit, have, wanted)]
    return rng.choices(units, [weight[unit] for unit in units])[0]


def expected_stars(rng: random.Random, sitting: Sitting) -> int:
    """Draw the stars that one who failed had expected, among those that the council decides on."""
    if sitting.unit or sitting.day >= DISTRICTS_DECIDE_FROM:
        return 3 if sitting.unit else 4
    return 4 if rng.random() < FOUR_STARS_EXPECTED else 3


def office_day(day: str) -> str:
    """Return the day, or the last working day before it."""
    while day in HOLIDAYS or dt.date.fromisoformat(day).weekday() > 4:
        day = shifted(day, -1)
    return day


def way_to(rng: random.Random, council: str) -> list[tuple[str, str]]:
    """Return the steps that lead to a council's day; short waits are likelier than long ones."""
    steps, day = [], council
    slow = 0.1 if rng.random() < HURRIED else 1
    for stage, fewest, most in BACKWARDS:
        gap = fewest + round((most - fewest) * slow * rng.betavariate(1.6, 2.4))
        day = office_day(shifted(day, -gap))
        steps.insert(0, (day, stage))
    return steps


def steps_of(rng: random.Random, dossier: Dossier) -> list[tuple[str, str]]:
    """Return all steps of a dossier that comes before a council once or twice."""
    first, last = dossier.sittings[0], dossier.sittings[-1]
    steps = way_to(rng, first.day)
    if first is not last:
        steps += [(first.day, "sent back"), (submitted_again(rng, first.day, last.day), "submitted")]
    if dossier.outcome == "recognised":
        return [*steps, (last.day, "scored"), (last.decided, "recognised")]
    steps.append((last.day, dossier.outcome))
    if dossier.outcome == "sent back":
        steps.append((office_day(shifted(last.day, rng.randint(60, 240))), "withdrawn"))
    return steps


def submitted_again(rng: random.Random, back: str, council: str) -> str:
    """Draw the day on which one that was sent back is submitted for a later council."""
    earliest, latest = shifted(back, BACK_AFTER[0]), min(shifted(back, BACK_AFTER[1]), shifted(council, -7))
    return working_day(rng, max(earliest, shifted(council, -50)), latest)


def early_leavers(rng: random.Random, dossiers: list[Dossier]) -> list[Dossier]:
    """Add dossiers that are withdrawn before any council, in units and times where there are others."""
    leavers = []
    for _ in range(round(GIVE_UP_EARLY * len(dossiers))):
        other = rng.choice(dossiers)
        council = shifted(other.sittings[0].day, rng.randint(-45, 45))
        (stage,) = rng.choices(list(EARLY_STAGES), list(EARLY_STAGES.values()))
        steps = way_to(rng, council)[: ORDER.index(stage) + 1]
        gone = office_day(shifted(steps[-1][0], rng.randint(45, 200)))
        if gone <= END or other.unit not in OPEN_AS_TOLD:
            leavers.append(Dossier(other.unit, other.stars, steps=[*steps, (gone, "withdrawn")]))
    return leavers


def told_to_be_open(rng: random.Random) -> list[Dossier]:
    """Make the dossiers of a unit of which the examples tell what it waits for."""
    return [
        Dossier(unit, 3, steps=way_that_waits(rng, stage))
        for unit, stages in OPEN_AS_TOLD.items()
        for stage in stages
    ]


def way_that_waits(rng: random.Random, stage: str) -> list[tuple[str, str]]:
    """Draw ways to councils to come until one has reached the stage by the end and no further."""
    while True:
        steps = way_to(rng, working_day(rng, "2024-09-23", "2025-04-30"))
        if [reached for day, reached in steps if day <= END][-1:] == [stage]:
            return steps


def cut_off(dossiers: list[Dossier], code: dict) -> list[Dossier]:
    """Drop all steps after the end and those without any, and give the others their codes."""
    for dossier in dossiers:
        dossier.steps = [step for step in dossier.steps if step[0] <= END]
    left = sorted((d for d in dossiers if d.steps), key=lambda d: (d.steps[0][0], code[d.unit]))
    number = Counter()
    for dossier in left:
        key = f"{code[dossier.unit]}-{dossier.steps[0][0][:4]}"
        number[key] += 1
        dossier.code = f"HS-{key}-{number[key]:03d}"
    return left


def step_rows(dossiers: list[Dossier], councils: dict) -> list[dict]:
    """Return a row a step, in order of time, dossier and stage."""
    steps = [(day, d.code, ORDER.index(stage), d) for d in dossiers for day, stage in d.steps]
    steps.sort(key=lambda step: step[:3])
    return [step_row(dossier, ORDER[stage], day, councils) for day, _, stage, dossier in steps]


def step_row(dossier: Dossier, stage: str, day: str, councils: dict) -> dict:
    """Return one step; products that were never recognised have names that say so."""
    product, own = dossier.product, dossier.code.removeprefix("HS-")
    counted = day in councils and stage in ("scored", "refused", "sent back")
    return {
        "dossier_code": dossier.code,
        "product": f"Sản phẩm {product.code[3:]}" if product else f"Sản phẩm đăng ký {own}",
        "producer": product.producer.name if product else f"Chủ thể đăng ký {own}",
        "district": dossier.unit,
        "kind": "new",
        "stage": stage,
        "stage_date": day,
        "stars_expected": dossier.stars,
        "origin": "reconstructed",
        "source": SCRIPT,
        "note": NOTE_RECONSTRUCTED + (NOTE_CANDIDATES if counted else ""),
    }


# 9. Progress reports


def progress_table(rows: list[Decision], plan: list[dict]) -> list[dict]:
    """Return each unit's count since January and its target, a row a unit and month of `REPORTED`."""
    days = [row for row in rows if row.kind == "new" and row.day[:4] == REPORTED[0][:4]]
    return [
        {
            "district": target["name"],
            "month": month,
            "recognised": sum(row.product.unit == target["name"] and row.day[:7] <= month for row in days),
            "target": target["target"],
            "origin": "reconstructed",
            "source": SCRIPT,
            "note": NOTE_RECONSTRUCTED,
        }
        for month in REPORTED
        for target in plan
        if str(target["year"]) == month[:4]
    ]


# 10. All of it


def communes_of(units: list[dict]) -> dict[str, list[str]]:
    """Names of the communes of each unit, as the unit was in 2024."""
    names = defaultdict(list)
    for commune in read("communes.csv"):
        names[commune["district_code_2024"]].append(commune["old_ward"])
    return {unit["name"]: names[unit["unit"]] for unit in units}


def reconstruct() -> None:
    """Write the tables."""
    rng = random.Random(SEED)
    figures, units = read("published_figures.csv"), read("units.csv")
    code = {unit["name"]: unit["unit"] for unit in units}
    mountainous = {unit["name"] for unit in units if unit["terrain"] == "mountainous"}
    communes = communes_of(units)

    products = make_products(deal_counts(rng, figures, units, communes))
    give_stars(rng, products)
    give_days(rng, products, figures)
    give_codes(products, units)
    give_groups(rng, products, figures)
    give_producers(rng, quotas(products, figures, mountainous), communes)
    give_producer_types(rng, products, figures)

    rows = [decide(rng, product, "new", product.day) for product in products]
    rows += upgrade(rng, products) + revoke(rng, products) + renew(rng, products)
    number_decisions(rows, figures, code)
    tell_origin(rows, figures)

    write("register.csv", register_table(rows, code))
    write("rounds.csv", rounds_table(rows, figures))
    plan = targets_table(rng, products, figures, units)
    write("targets.csv", plan)
    write("goals.csv", goals_table(figures))
    write("example/dossiers.csv", dossiers_table(random.Random(SEED + 1), rows, figures, plan))
    write("example/progress.csv", progress_table(rows, plan))


if __name__ == "__main__":
    reconstruct()

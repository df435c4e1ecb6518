"""A whole data folder that goes on from the embedded one, through the reform, to August 2026; all made up.

October 2024 to June 2025 is written as offices did then: districts (26 of them from 2025) and old communes.
From July 2025 there are only new communes; some lie across several former districts, and half the rows from
such a commune say in the address which old one is meant.
"""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd

DATA = Path(__file__).resolve().parent.parent / "data"
REFORM = pd.Period("2025-07")
MONTHS = pd.period_range("2024-10", "2026-08", freq="M")
PLANNED = pd.period_range("2026-09", "2026-12", freq="M")
MADE_UP = {"origin": "reconstructed", "source": "tests/continuation.py", "note": "Tái lập toàn bộ."}


def table(name, folder=DATA):
    """Return a table of a data folder as text."""
    return pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)


def write(folder, seed=2026):
    """Write the tables into `folder`; return the new rows of the register, each with its true old commune."""
    rng = np.random.default_rng(seed)
    folder.mkdir(exist_ok=True)
    for name in ("units", "communes", "breaks"):
        shutil.copy(DATA / f"{name}.csv", folder)
    new = _rows(rng)
    register = pd.concat([table("register"), new.drop(columns=["ward", "told"])]).fillna("")
    _save(register.assign(no=range(1, len(register) + 1)), folder, "register")
    _save(pd.concat([table("targets"), _targets(rng)]).fillna(""), folder, "targets")
    held = table("rounds").query("status == 'held'")
    _save(pd.concat([held, _rounds(new)]).fillna(""), folder, "rounds")
    return new


def _save(rows, folder, name):
    rows.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8")


def _rows(rng):
    """Return the new register rows: some ten a month, the old commune of each drawn from the crosswalk."""
    communes = table("communes").set_index("old_ward_code", drop=False)
    across = communes.groupby("new_commune_code")["district_code_2024"].transform("nunique") > 1
    chance = np.where(across, 5.0, 1.0)
    lots = [(month, rng.poisson(10) + 1) for month in MONTHS]
    drawn = [
        (month, rng.choice(communes.index, p=chance / chance.sum()), rng.integers(2))
        for month, products in lots
        for _ in range(products)
    ]
    return pd.DataFrame(
        [
            _row(number, month, communes.loc[ward], bool(across[ward]), bool(says), rng)
            for number, (month, ward, says) in enumerate(drawn, 1)
        ]
    )


def _row(number, month, ward, across, says, rng):
    day, score = pd.Timestamp(f"{month}-25"), rng.uniform(50, 69.9)
    return {
        "product_code": f"38-new-{number:03}",
        "product": f"Sản phẩm mới {number:03}",
        "producer": f"Chủ thể mới {number:03}",
        "producer_type": "household",
        **_where(month, ward, says and across),
        "group": "food",
        "score": f"{score:.1f}",
        "stars": "3",
        "decision_no": f"TL-{month}/QĐ-UBND",
        "decision_date": f"{day:%Y-%m-%d}",
        "authority": "district" if month < REFORM else "province",
        "round": f"Đợt tháng {month.month:02}",
        "programme_year": str(month.year),
        "kind": "new",
        "expiry_date": f"{day + pd.DateOffset(months=36):%Y-%m-%d}",
        **MADE_UP,
        "ward": ward["old_ward_code"],
        "told": month < REFORM or not across or says,
    }


def _where(month, ward, says):
    """Return where a product is from, in the words of its month."""
    if month >= REFORM:
        address = f"Thôn 1, {ward['old_ward']} cũ, {ward['new_commune']}" if says else ""
        return {"district": "", "commune": ward["new_commune"], "address": address}
    district = ward["district_2024"] if month.year < 2025 else ward["district_2025h1"]
    return {"district": district, "commune": ward["old_ward"], "address": ""}


def _targets(rng):
    """Return targets of 2025 for the 26 districts of then, of 2026 for the 166 communes."""
    communes = table("communes")
    districts = sorted(set(communes["district_code_2025h1"]))
    new = sorted(set(communes["new_commune_code"]))
    rows = [(unit, "2025", rng.integers(2, 8)) for unit in districts]
    rows += [(unit, "2026", rng.integers(0, 3)) for unit in new]
    return pd.DataFrame(rows, columns=["unit", "year", "target"]).assign(**MADE_UP)


def _rounds(new):
    """Return a round a month: held, with what it recognised, and planned to the end of 2026."""
    counts = new.groupby("decision_date").size()
    held = pd.DataFrame({"date": counts.index, "status": "held", "recognised": counts.astype(str).to_numpy()})
    planned = pd.DataFrame({"date": [f"{month}-25" for month in PLANNED], "status": "planned"})
    rounds = pd.concat([held, planned]).fillna("")
    months = rounds["date"].str[5:7]
    return rounds.assign(
        programme_year=rounds["date"].str[:4],
        round="Đợt tháng " + months,
        level=np.where(rounds["date"] < f"{REFORM}", "district", "province"),
        **MADE_UP,
    )

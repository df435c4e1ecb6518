"""The ledger: what a folder says of itself is believed only as far as its files bear it out."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocop_forecast.batch import journal
from ocop_forecast.errors import RunError
from ocop_forecast.files.writing import sweep, whole

MOMENTS = ("before the old one steps aside", "between the two", "before the old one goes")
ONE, OTHER = {"as_of": "2024-09", "inputs": {"a": "1"}}, {"as_of": "2024-09", "inputs": {"a": "2"}}


@pytest.fixture
def out(tmp_path):
    return tmp_path / "2024-09"


def ended(folder, identity, text="whole"):
    """Let a run of `identity` end in `folder`."""
    place = journal.opened(folder, identity, replace=True)
    journal.write(place, identity | {"status": "ended"})
    (place / "page.html").write_text(text, encoding="utf-8")
    journal.publish(place, folder)


def test_a_run_takes_its_name_when_it_has_ended(out):
    place = journal.opened(out, ONE, replace=False)
    assert place == journal.unfinished(out) == out.with_name("2024-09.unfinished")
    journal.publish(place, out)
    assert [path.name for path in out.parent.iterdir()] == ["2024-09"]


def test_the_same_run_goes_on_where_it_lies(out):
    first = journal.opened(out, ONE, replace=False)
    journal.write(first, ONE)
    assert journal.opened(out, ONE, replace=False) == first
    journal.publish(first, out)
    assert journal.opened(out, ONE, replace=False) == out


def test_what_is_replaced_stays_until_the_new_one_has_ended(out):
    ended(out, ONE, "old")
    place = journal.opened(out, OTHER, replace=True)
    assert (out / "page.html").read_text(encoding="utf-8") == "old"
    journal.publish(place, out)
    assert not (out / "page.html").exists()
    assert [path.name for path in out.parent.iterdir()] == ["2024-09"]


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_power_cut_while_a_run_takes_anothers_place_loses_neither(out, moment):
    ended(out, ONE, "old")
    draft = journal.opened(out, OTHER, replace=True)
    journal.write(draft, OTHER)
    former = journal._former(out)
    if moment != "before the old one steps aside":
        out.rename(former)
    if moment == "before the old one goes":
        draft.rename(out)
    place = journal.opened(out, OTHER, replace=moment != "before the old one goes")
    assert place == (out if moment == "before the old one goes" else draft)
    assert not former.exists()
    assert out.exists()


def test_what_is_no_run_or_another_is_refused_with_what_differs(out):
    ended(out, ONE)
    with pytest.raises(RunError, match=r"\(inputs differ\)"):
        journal.opened(out, OTHER, replace=False)
    (out / "run.json").write_text("[not json", encoding="utf-8")
    with pytest.raises(RunError, match=r"\(as-of date, inputs differ\)"):
        journal.opened(out, ONE, replace=False)
    (out / "run.json").unlink()
    with pytest.raises(RunError, match="no run's"):
        journal.opened(out, ONE, replace=True)


def test_a_draft_that_had_not_begun_is_begun_again(out):
    draft = journal.unfinished(out)
    draft.mkdir()
    (draft / ".ocop-half.json").write_text("{", encoding="utf-8")
    assert journal.opened(out, ONE, replace=False) == draft
    assert list(draft.iterdir()) == []


@settings(max_examples=60)
@given(st.lists(st.sampled_from(["389", "390"]), min_size=1, max_size=5), st.integers(0, 400))
def test_a_journal_cut_anywhere_tells_of_whole_lines_alone_and_goes_on(tmp_path_factory, units, cut):
    place = tmp_path_factory.mktemp("run")
    lines = [journal.append(place, "notebook", unit=unit, number=at) for at, unit in enumerate(units)]
    text = (place / "journal.jsonl").read_bytes()
    (place / "journal.jsonl").write_bytes(text[:cut])
    lasting = text[:cut].count(b"\n") + (cut < len(text) and text[cut : cut + 1] == b"\n")
    assert journal.outcomes(place) == {line["unit"]: line for line in lines[:lasting]}
    last = journal.append(place, "notebook", unit="391")
    assert journal.outcomes(place)["391"] == last
    assert json.loads((place / "journal.jsonl").read_text(encoding="utf-8").splitlines()[-1]) == last


def test_files_are_believed_by_their_hashes(tmp_path):
    (tmp_path / "a").write_text("1", encoding="utf-8")
    known = {"a": journal.sha256(tmp_path / "a")}
    assert journal.unchanged(tmp_path, known)
    assert not journal.unchanged(tmp_path, {**known, "b": known["a"]})
    (tmp_path / "a").write_text("2", encoding="utf-8")
    assert not journal.unchanged(tmp_path, known)


def test_what_somebody_changed_is_kept_beside_each_time(tmp_path):
    page = tmp_path / "page.html"
    for at, name in enumerate(("page.changed.html", "page.changed2.html", "page.changed3.html")):
        page.write_text(f"changed {at}", encoding="utf-8")
        assert journal.set_aside(tmp_path, {"page.html": "0"}) == [name]
        assert (tmp_path / name).read_text(encoding="utf-8") == f"changed {at}"
    page.write_text("ours", encoding="utf-8")
    assert journal.set_aside(tmp_path, {"page.html": journal.sha256(page), "gone.html": "0"}) == []
    assert not page.exists()


def test_a_folder_is_held_by_one_and_free_again_after_an_error(out):
    with journal.locked(out), pytest.raises(RunError, match="in use by another run"), journal.locked(out):
        pytest.fail("two hold it")
    with pytest.raises(ZeroDivisionError), journal.locked(out):
        raise ZeroDivisionError
    with journal.locked(out):
        assert out.with_name(".2024-09.holder").exists()
    assert [path.name for path in out.parent.iterdir()] == [".2024-09.lock"]


def test_what_a_kill_left_of_a_file_is_swept_away_and_nothing_else(tmp_path):
    (tmp_path / "figures").mkdir()
    for name in (".ocop-1.csv", "figures/.ocop-2.svg", ".hidden", "page.html"):
        (tmp_path / name).write_text("", encoding="utf-8")
    with whole(tmp_path / "whole.txt") as draft:
        assert draft.name.startswith(".ocop-")
        draft.write_text("x", encoding="utf-8")
    sweep(tmp_path)
    left = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {".hidden", "page.html", "whole.txt"}


def test_an_ended_run_is_not_given_up_for_a_draft_that_was_to_replace_it(out):
    ended(out, ONE, "whole")
    journal.write(journal.opened(out, ONE, replace=True), ONE)
    assert journal.opened(out, ONE, replace=False) == out
    assert journal.opened(out, ONE, replace=True) == journal.unfinished(out)


def test_somebodys_own_folder_is_not_taken_for_a_draft(out):
    journal.unfinished(out).mkdir()
    (journal.unfinished(out) / "thesis.docx").write_text("mine", encoding="utf-8")
    for replace in (False, True):
        with pytest.raises(RunError, match="no run's"):
            journal.opened(out, ONE, replace=replace)
    assert (journal.unfinished(out) / "thesis.docx").exists()

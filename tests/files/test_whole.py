"""Files are written whole where a file system refuses courtesies, and what goes wrong names them."""

import errno
import os
from pathlib import Path

import pytest

from ocop_forecast.files import writing
from ocop_forecast.files.writing import move, settle, sweep, sync, whole

COURTESIES = [errno.EPERM, errno.EINVAL, errno.ENOTSUP, errno.ENOSYS, errno.EACCES]


def refusing(code):
    """Return a call that a system refuses without saying of which file."""

    def call(*arguments, **terms):
        raise OSError(code, os.strerror(code))

    return call


@pytest.mark.parametrize("code", COURTESIES, ids=errno.errorcode.get)
def test_a_file_is_written_whole_where_its_mode_and_its_syncing_are_refused(tmp_path, monkeypatch, code):
    for name in ("chmod", "fsync"):
        monkeypatch.setattr(os, name, refusing(code))
    with whole(tmp_path / "a.txt") as draft:
        draft.write_text("52", encoding="utf-8")
    settle(tmp_path)
    assert [path.read_text(encoding="utf-8") for path in tmp_path.iterdir()] == ["52"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT], ids=errno.errorcode.get)
@pytest.mark.parametrize("call", ["fsync", "replace", "open"])
def test_what_goes_wrong_names_the_file_and_leaves_the_old_one(tmp_path, monkeypatch, code, call):
    path = tmp_path / "a.txt"
    path.write_text("old", encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(os, call, refusing(code))
        with pytest.raises(OSError, match=os.strerror(code)) as told, whole(path) as draft:
            draft.write_bytes(b"new")
    assert Path(told.value.filename) == path
    assert [found.read_text(encoding="utf-8") for found in tmp_path.iterdir()] == ["old"]


def test_a_draft_that_cannot_take_its_place_is_told_by_the_files_name(tmp_path):
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(OSError, match=r"a.txt") as told, whole(tmp_path / "a.txt"):
        pass
    assert Path(told.value.filename) == tmp_path / "a.txt"
    assert list((tmp_path / "a.txt").parent.iterdir()) == [tmp_path / "a.txt"]


def test_a_disk_that_gives_out_is_no_refusal(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", refusing(errno.EIO))
    with pytest.raises(OSError, match=str(tmp_path)):
        sync(tmp_path)


@pytest.mark.parametrize("always", [False, True], ids=["of old folders", "of any"])
def test_a_folder_that_cannot_be_renamed_is_copied_and_takes_its_name(tmp_path, monkeypatch, always):
    draft, target = tmp_path / "draft", tmp_path / "target"
    (draft / "notebooks").mkdir(parents=True)
    (draft / "notebooks" / "389.ipynb").write_text("{}", encoding="utf-8")
    (tmp_path / f"{writing.DRAFT}target").mkdir()  # of one that was killed
    rename = os.rename

    def rename_some(source, *more, **terms):
        if Path(source).is_dir() and (always or Path(source) == draft):
            raise OSError(errno.EXDEV, "Invalid cross-device link", str(source))
        return rename(source, *more, **terms)

    monkeypatch.setattr(os, "rename", rename_some)
    move(draft, target)
    assert (target / "notebooks" / "389.ipynb").read_text(encoding="utf-8") == "{}"
    assert [path.name for path in tmp_path.iterdir()] == ["target"]


def test_a_copy_that_a_kill_left_is_swept(tmp_path):
    (tmp_path / f"{writing.DRAFT}2024-09" / "notebooks").mkdir(parents=True)
    sweep(tmp_path / "2024-09")
    assert list(tmp_path.iterdir()) == []

"""What a run needs of the machine is asked before the work; processors are those that may be used."""

import os
import socket
import sys

import pytest
from offices import office

from ocop_forecast.batch import executors, monthly, surroundings
from ocop_forecast.errors import RunError


def refuse(*_, **__):
    raise OSError(101, "Network is unreachable")


def test_a_machine_that_does_not_reach_itself_is_told_before_the_work(tmp_path, monkeypatch):
    monkeypatch.setattr(socket, "create_connection", refuse)
    with pytest.raises(RunError, match=r"127\.0\.0\.1 \(Network is unreachable\)"):
        monthly.run_batch(office(tmp_path / "data"), out=tmp_path)
    assert not (tmp_path / "2024-07").exists()


def test_a_temporary_folder_that_refuses_is_named_and_so_is_the_setting(tmp_path, monkeypatch):
    monkeypatch.setattr(surroundings.tempfile, "tempdir", str(tmp_path / "missing"))
    with pytest.raises(RunError, match=r"missing cannot be written to .*TMPDIR"):
        surroundings.check()


def test_no_temporary_folder_at_all_is_told(monkeypatch):
    def missing():
        raise FileNotFoundError

    monkeypatch.setattr(surroundings.tempfile, "gettempdir", missing)
    with pytest.raises(RunError, match=r"no temporary folder .*TMPDIR"):
        surroundings.check()


GROUPS = {
    "no group": ("", {}, 8),
    "no quota": ("0::/", {"cpu.max": "max 100000\n"}, 8),
    "two and a half": ("0::/", {"cpu.max": "250000 100000\n"}, 3),
    "less than one": ("0::/", {"cpu.max": "50000 100000\n"}, 1),
    "above": ("0::/office/run", {"office/cpu.max": "200000 100000\n", "office/run/cpu.max": "max 100000"}, 2),
    "elsewhere": ("0::/host/only", {"cpu.max": "200000 100000\n"}, 2),
    "older": (
        "4:cpu,cpuacct:/docker/ab\n1:name=systemd:/",
        {"cpu,cpuacct/cpu.cfs_quota_us": "400000\n", "cpu,cpuacct/cpu.cfs_period_us": "100000\n"},
        4,
    ),
    "older, none": ("4:cpu:/", {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 8),
}


@pytest.mark.parametrize(("member", "files", "wanted"), GROUPS.values(), ids=GROUPS)
def test_a_quota_counts_as_processors(tmp_path, monkeypatch, member, files, wanted):
    for name, text in {"member": member, **files}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(surroundings, "MEMBERSHIP", tmp_path / "member")
    monkeypatch.setattr(surroundings, "CGROUPS", tmp_path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(8), raising=False)
    assert surroundings.processors() == wanted


def test_processors_that_this_process_may_not_use_are_not_counted(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3}, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 28)
    assert surroundings.workers(None, 100) == 2
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(surroundings, "MEMBERSHIP", surroundings.CGROUPS / "missing")
    assert surroundings.workers(None, 100) == 29


def test_windows_waits_for_at_most_61_processes(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    assert surroundings.workers(99, 700) == 61
    monkeypatch.setattr(sys, "platform", "linux")
    assert surroundings.workers(99, 700) == 99
    assert surroundings.workers(99, 7) == 7


def test_a_kernel_that_does_not_start_is_told_once(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "ipykernel.py").write_text("raise ImportError('of the office')", encoding="utf-8")
    with pytest.raises(RunError, match=r"no notebook can be executed here: .*kernels\.log") as caught:
        monthly.run_batch(office(tmp_path / "data"), out=tmp_path, settings=monthly.Settings(draws=200))
    assert "of the office" in str(caught.value)


def test_a_machine_that_lets_no_process_start_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(executors, "ProcessPoolExecutor", refuse)
    with pytest.raises(RunError, match="lets no more processes start"):
        monthly.run_batch(office(tmp_path / "data"), out=tmp_path, settings=monthly.Settings(draws=200))

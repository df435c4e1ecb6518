"""The same numbers on every processor: other vector units, other BLAS kernels, more threads, another libm."""

import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

HERE = Path(__file__).parents[1] / "processor"
KNOWN = [name for name in __cpu_dispatch__ if __cpu_features__[name]]  # of this machine, the oldest first
X86 = platform.machine() in ("x86_64", "AMD64")
needs_another_libm = pytest.mark.skipif(
    sys.platform != "linux" or not shutil.which("cc"), reason="another libm needs Linux and a C compiler: cc"
)


def numbers(*options, **environment):
    """Return what `hashes.py` prints in an environment."""
    command = [sys.executable, HERE / "hashes.py", *options]
    said = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=True)
    return json.loads(said.stdout)


@pytest.fixture(scope="module")
def here():
    """The numbers of this processor as it is."""
    return numbers(OMP_NUM_THREADS="1")


@pytest.fixture(scope="module")
def libm(tmp_path_factory):
    """A library that takes the place of libm."""
    path = tmp_path_factory.mktemp("libm") / "libm.so"
    flags = ["-O2", "-fno-builtin", "-shared", "-fPIC"]
    subprocess.run(["cc", *flags, "-o", path, HERE / "libm.c", "-ldl", "-lm"], check=True)
    return str(path)


@pytest.mark.parametrize("off", [" ".join(KNOWN[at:]) for at in range(len(KNOWN))])
def test_numbers_are_the_same_without_vector_units(here, off):
    assert numbers(NPY_DISABLE_CPU_FEATURES=off) == here


@pytest.mark.skipif(not X86, reason="these kernels are for x86")
@pytest.mark.parametrize("kernel", ["Prescott"])
def test_numbers_are_the_same_with_other_kernels_of_blas(here, kernel):
    assert numbers(OPENBLAS_CORETYPE=kernel) == here


def test_numbers_are_the_same_on_more_threads(here):
    assert numbers(OMP_NUM_THREADS="3", OPENBLAS_NUM_THREADS="3") == here


@needs_another_libm
@pytest.mark.parametrize("seed", ["1", "2"])
def test_numbers_are_the_same_with_another_libm(here, libm, seed):
    assert numbers(LD_PRELOAD=libm, LIBM_SEED=seed) == here


@needs_another_libm
def test_another_libm_would_be_noticed(libm):
    """Drawn with parameters as they come, the same data give other numbers: what is tested above can fail."""
    assert numbers("--unsettled", LD_PRELOAD=libm, LIBM_SEED="1") != numbers("--unsettled")

@echo off
rem Sets up the tool in the folder .venv beside this file, once, and opens JupyterLab on its first notebook.
rem Plain letters alone, which every code page of Windows shows. A double click is enough. Delete .venv to have it set up anew.
setlocal
cd /d "%~dp0"
set "PYTHONPATH="
set "PYTHONHOME="
set "PYTHONUTF8=1"
set "PIP_USER=0"

if exist ".venv\ready.txt" (
  fc /b "requirements.lock" ".venv\ready.txt" >nul 2>&1 && goto open
)

set "PYTHON="
for %%V in (3.11 3.12 3.13 3.14) do (
  if not defined PYTHON py -%%V -c "" >nul 2>&1 && set "PYTHON=py -%%V"
)
if not defined PYTHON (
  python -c "import sys; sys.exit(sys.version_info < (3, 11))" >nul 2>&1 && set "PYTHON=python"
)
if not defined PYTHON goto missing

echo Dang cai dat cong cu vao .venv, chi lan nay, mat vai phut ... / Setting up .venv, this once; a few minutes ...
%PYTHON% -m venv --clear ".venv" || goto failed
".venv\Scripts\python.exe" -m pip --disable-pip-version-check install --quiet --no-compile --no-deps --require-hashes -r "requirements.lock" || goto failed
".venv\Scripts\python.exe" -m pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation --editable . || goto failed
copy /y "requirements.lock" ".venv\ready.txt" >nul || goto failed

:open
echo Dang mo JupyterLab; dong cua so nay de ket thuc. / Opening JupyterLab; close this window to end it.
".venv\Scripts\python.exe" -m jupyter lab --notebook-dir=. "notebooks\00_start.ipynb" || goto failed
exit /b 0

:missing
echo.
echo May nay chua co Python 3.11 tro len. Tai tai https://www.python.org/downloads/windows/
echo (ban Windows installer 64-bit), khi cai dat danh dau "Add python.exe to PATH",
echo roi bam dup vao start.bat lan nua.
echo Python 3.11 or newer is missing. Install it from the address above, then double-click start.bat again.
pause
exit /b 1

:failed
echo.
echo Khong hoan tat duoc; ly do o cac dong ben tren. Kiem tra mang va dung luong dia roi bam dup lai.
echo It could not be done; the lines above say why. Check network and disk space, then try again.
pause
exit /b 1

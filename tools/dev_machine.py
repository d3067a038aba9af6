"""From a bare machine to a ready environment: uv, .venv from the lock files, the project itself, a browser."""

import contextlib
import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
VENV: Final = ROOT / ".venv"
BIN: Final = VENV / "bin"
STAMP: Final = VENV / "qiao-installed.json"
LOCKS: Final = {"run": "requirements.lock", "dev": "requirements-dev.lock"}  # the second holds the first
BOOTSTRAP: Final = ("python3-venv", "python3-pip")
BROWSER: Final = ("chromium", "fonts-noto-cjk")
PEERS: Final = ("kannel",)


class Missing(Exception):
    """Something that only the person at this machine can bring; the text says how."""


def ready(level: str) -> None:
    """Install what `level` ("run" or "dev") needs, unless it is there already."""
    if _is_installed(level):
        return
    with alone("install"):
        if _is_installed(level):
            return
        uv = _uv()
        lock = LOCKS[level]
        with told(f"installing the packages of {lock}"):
            run([uv, "pip", "install", "-q", "--python", BIN / "python", "--require-hashes", "-r", lock])
        with told("installing qiao itself"):
            own = [uv, "pip", "install", "-q", "--python", BIN / "python", "--no-deps", "--no-build-isolation"]
            run([*own, "-e", "."])
        STAMP.write_text(json.dumps({"level": level, "inputs": _inputs(level)}), "utf-8")


def ready_browser() -> None:
    """Chromium for the tests that look at pages, from Debian's packages."""
    if browser() is None:
        _apt(BROWSER, "The browser tests need Chromium")


def ready_peers() -> None:
    """Kannel, a foreign SMS gateway that ours is tried against; who may not install it skips that test."""
    if shutil.which("bearerbox") is None and shutil.which("apt-get") is not None and os.geteuid() == 0:
        _apt(PEERS, "The test against a foreign SMS gateway needs Kannel")


def browser() -> str | None:
    """Chromium's path, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def environment() -> dict[str, str]:
    """Our environment with the project's programs first in PATH.

    Compiled modules are kept: each of the dozens of processes of a test run would take seconds to compile them anew.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}


def run(command: Sequence[object], **more: object) -> None:
    """Run a command quietly; when it fails show what it said and raise Missing."""
    words = [str(word) for word in command]
    settings: dict[str, object] = {"cwd": ROOT, "env": _network(), **more}
    done = subprocess.run(words, capture_output=True, check=False, text=True, **settings)  # type: ignore[call-overload]
    if done.returncode != 0:
        raise Missing(f"{done.stdout}{done.stderr}\nthis failed: {' '.join(words)}")


@contextmanager
def told(what: str) -> Iterator[None]:
    """Say in one line what is being done and how long it took."""
    print(f"· {what} …", end="", flush=True)
    began = time.monotonic()
    try:
        yield
    except BaseException:
        print(flush=True)
        raise
    print(f" {time.monotonic() - began:.1f} s", flush=True)


@contextmanager
def alone(what: str) -> Iterator[None]:
    """One ./dev of this clone at a time."""
    key = hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]
    path = Path(tempfile.gettempdir()) / f"qiao-dev-{os.getuid()}-{key}-{what}.lock"
    with path.open("a") as lock:
        with contextlib.suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def digest(paths: Sequence[Path]) -> str:
    """One hash over the names and contents of files."""
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def _inputs(level: str) -> str:
    return digest([ROOT / LOCKS[level], ROOT / "pyproject.toml", ROOT / "hatch_build.py"])


def _is_installed(level: str) -> bool:
    try:
        found = json.loads(STAMP.read_text("utf-8"))
        works = (BIN / "python").exists() and (BIN / "qiao").exists()
        enough = found["level"] in {level, "dev"}
        return works and enough and found["inputs"] == _inputs(found["level"])
    except (OSError, ValueError, KeyError):
        return False


def _uv() -> Path:
    """uv, and a .venv that it can install into."""
    own = BIN / "uv"
    if own.exists() and (BIN / "python").exists():
        return own
    given = shutil.which("uv")
    if given and subprocess.run([given, "--version"], capture_output=True, check=False).returncode == 0:
        if not (BIN / "python").exists():
            with told("making .venv"):
                run([given, "venv", "-q", "--clear", "--python", sys.executable, VENV])
        return Path(given)
    if not _has_venv():
        _apt(BOOTSTRAP, "Qiao needs Python's venv and pip")
    with told("making .venv and fetching uv"):
        if not (BIN / "python").exists() or not (BIN / "pip").exists():
            run([sys.executable, "-m", "venv", "--clear", VENV])
        with tempfile.TemporaryDirectory() as folder:
            pinned = Path(folder) / "uv.lock"
            pinned.write_text(_pin("uv"), "utf-8")
            run([BIN / "python", "-m", "pip", "install", "-q", "--require-hashes", "--no-deps", "-r", pinned])
    return own


def _has_venv() -> bool:
    """True when venv can make an environment with pip in it; Debian keeps that half in python3-venv."""
    importlib.invalidate_caches()
    asked = [sys.executable, "-c", "import venv, ensurepip"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def _pin(name: str) -> str:
    """The lines that pin one package in the lock file, hashes included."""
    lines = iter((ROOT / LOCKS["run"]).read_text("utf-8").splitlines())
    found = next(line for line in lines if line.startswith(f"{name}=="))
    pinned = [found]
    while pinned[-1].endswith("\\"):
        pinned.append(next(lines))
    return "\n".join(pinned) + "\n"


def _apt(packages: Sequence[str], need: str) -> None:
    command = f"apt-get install -y --no-install-recommends {' '.join(packages)}"
    if shutil.which("apt-get") is None:
        raise Missing(f"{need}. Please install the like of Debian's {' and '.join(packages)}, then try again.")
    if os.geteuid() != 0:
        raise Missing(f"{need}. Please run this once, then try again:\n\n  sudo {command}\n")
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    with told(f"installing {' '.join(packages)} with apt-get"):
        run(["apt-get", "-q", "update"], env=quiet)
        run(command.split(), env=quiet)


def _network() -> dict[str, str]:
    """uv's settings taken over from pip's, so that a configured mirror and certificate hold for both."""
    env = dict(os.environ)
    if "PIP_CERT" in env:
        env.setdefault("SSL_CERT_FILE", env["PIP_CERT"])
    if "UV_DEFAULT_INDEX" not in env and (index := env.get("PIP_INDEX_URL") or _pip_index()):
        env["UV_DEFAULT_INDEX"] = index
    return env


def _pip_index() -> str:
    """The index that pip's files name, if any."""
    import configparser

    folders = [Path("/etc"), *(Path(f) / "pip" for f in os.environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":"))]
    folders += [Path.home() / ".pip", Path(os.environ.get("XDG_CONFIG_HOME", Path.home() / ".config")) / "pip"]
    found = configparser.ConfigParser(interpolation=None, strict=False)
    with contextlib.suppress(configparser.Error, OSError):
        found.read([folder / "pip.conf" for folder in folders], "utf-8")
    return found.get("global", "index-url", fallback="")

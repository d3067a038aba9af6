"""Asterisk and a speaking voice on a machine without root: Debian's packages, unpacked into a folder of the project.

Nothing is installed: the packages are fetched by an apt that keeps everything in that folder, and run with their own
loader, so the machine's own libraries do not matter. Asterisk 22 is in Debian testing.
"""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from tools.dev_machine import ROOT, Missing, alone, run, told

SUITE: Final = "testing"
PACKAGES: Final = ("asterisk", "asterisk-modules", "asterisk-core-sounds-en", "espeak-ng", "sox")
PROGRAMS: Final = ROOT / ".programs"
OLDEST: Final = (22, 7)
"""Calls are offered to all workers by StasisBroadcast, which came with 22.7."""
WHOLE: Final = "whole"
"""Written last: a folder without it was not finished."""
UNREAD: Final = ("./usr/share/doc", "./usr/share/man", "./usr/share/locale", "./usr/share/info")
APT: Final = """\
Dir::Etc "{folder}/etc"; Dir::Etc::SourceList "{folder}/sources.list"; Dir::Etc::SourceParts "-";
Dir::State "{folder}"; Dir::State::Lists "{folder}/lists"; Dir::State::status "{folder}/status";
Dir::Cache "{folder}"; Dir::Cache::Archives "{folder}/archives";
Debug::NoLocking "true"; APT::Install-Recommends "false"; APT::Sandbox::User ""; Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
"""
"""Machines' clocks may run ahead of a mirror's; what is fetched is signed all the same."""
KEYS: Final = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


def ready_voice() -> dict[str, str]:
    """Have an Asterisk of 22.7 or newer and a speaking voice; returns what the environment must say of them.

    One that QIAO_ASTERISK names, or this machine's own with its espeak-ng and sox, is taken; else what was fetched
    before; else it is fetched now. Raises Missing.
    """
    if os.environ.get("QIAO_ASTERISK") or _machines_own():
        return {}
    with alone("voice"):
        folder = fetched() or _fetch()
    return {"QIAO_ASTERISK": str(folder)}


def can_fetch() -> bool:
    """Whether this machine has what fetching takes: apt, dpkg and Debian's keys."""
    return bool(shutil.which("apt-get") and shutil.which("dpkg-deb") and KEYS.is_file())


def fetched() -> Path | None:
    """The newest folder that was fetched whole, if any."""
    whole = [path.parent for path in PROGRAMS.glob(f"asterisk-*/{WHOLE}") if path.read_text("utf-8") == _wanted()]
    return max(whole, key=lambda path: [int(part) for part in re.findall(r"\d+", path.name)], default=None)


def version_of(said: str) -> tuple[int, int]:
    """The version in what `asterisk -V` says; (0, 0) when it says none."""
    found = re.search(r"Asterisk (?:certified/)?(\d+)\.(\d+)", said)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def mirror(listed: str, codename: str) -> str:
    """The archive that this machine takes Debian itself from, of apt's lines "address release component"."""
    for line in listed.splitlines():
        address, release, component = [*line.split(), "", "", ""][:3]
        if component == "main" and release in {codename, "stable", "testing", "unstable", "sid"}:
            return address
    raise Missing("This machine's apt names no Debian archive. Please install Asterisk 22 and set QIAO_ASTERISK to it.")


def _machines_own() -> bool:
    found = shutil.which("asterisk", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None or shutil.which("espeak-ng") is None or shutil.which("sox") is None:
        return False
    said = subprocess.run([found, "-V"], capture_output=True, text=True, check=False)
    return version_of(said.stdout) >= OLDEST


def _fetch() -> Path:
    if not can_fetch():
        raise Missing("Voice needs Asterisk 22, espeak-ng and sox. Please install them and set QIAO_ASTERISK.")
    PROGRAMS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=PROGRAMS, prefix="fetching-") as scratch:
        folder = Path(scratch)
        env = _own_apt(folder)
        with told(f"asking Debian {SUITE} for its packages"):
            run(["apt-get", "-q", "update"], env=env)
        with told("fetching Asterisk, espeak-ng and sox into .programs (about 80 MB; nothing is installed)"):
            run(["apt-get", "-q", "-y", "--download-only", "install", *PACKAGES], env=env)
        archives = sorted((folder / "archives").glob("*.deb"))
        version = next(path.name.split("_")[1] for path in archives if path.name.startswith("asterisk_"))
        version = version.replace("%3a", ":").partition(":")[2] or version
        with told(f"unpacking Asterisk {version}"):
            tree = folder / "tree"
            tree.mkdir()
            for archive in archives:
                _unpack(archive, tree)
            # What Debian's own installation script would do:
            sounds = tree / "usr/share/asterisk/sounds"
            (sounds / "en").unlink(missing_ok=True)
            (sounds / "en").symlink_to("en_US_f_Allison")
            (tree / WHOLE).write_text(_wanted(), "utf-8")
        place = PROGRAMS / f"asterisk-{version}"
        shutil.rmtree(place, ignore_errors=True)
        tree.chmod(0o755)
        tree.rename(place)
    return place


def _wanted() -> str:
    """What a whole folder holds."""
    return " ".join(PACKAGES) + "\n"


def _own_apt(folder: Path) -> dict[str, str]:
    """The environment of an apt whose state, lists and archives are all in this folder."""
    for name in ("lists/partial", "archives/partial", "etc/preferences.d", "etc/apt.conf.d", "etc/trusted.gpg.d"):
        (folder / name).mkdir(parents=True)
    (folder / "status").touch()
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        raise Missing(f"{listed.stderr}\nthis failed: {' '.join(command)}")
    archive = mirror(listed.stdout, _codename())
    (folder / "sources.list").write_text(f"deb [signed-by={KEYS}] {archive} {SUITE} main\n", "utf-8")
    settings = folder / "apt.conf"
    settings.write_text(APT.format(folder=folder), "utf-8")
    return os.environ | {"APT_CONFIG": str(settings), "DEBIAN_FRONTEND": "noninteractive"}


def _codename() -> str:
    try:
        words = Path("/etc/os-release").read_text("utf-8").splitlines()
    except OSError:
        return ""
    return next((line.partition("=")[2].strip('"') for line in words if line.startswith("VERSION_CODENAME=")), "")


def _unpack(archive: Path, tree: Path) -> None:
    leave = [f"--exclude={path}" for path in UNREAD]
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(archive)], stdout=subprocess.PIPE) as unpacking:
        run(["tar", "-x", "-C", tree, "--no-same-owner", *leave], stdin=unpacking.stdout)
    if unpacking.returncode != 0:
        raise Missing(f"{archive.name} could not be unpacked")

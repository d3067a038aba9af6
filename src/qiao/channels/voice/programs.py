"""Where Asterisk, espeak-ng and sox are: installed on this machine, or unpacked in a folder with their own loader."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PLACES: Final = ("usr/sbin", "usr/bin")


class ProgramMissing(Exception):
    """A program that voice needs is not here; the text says what to do."""


@dataclass(frozen=True)
class Programs:
    """`folder` None: the machine's own programs. An unpacked folder is laid out like a machine's root."""

    folder: Path | None
    asterisk: Path

    def command(self, name: str) -> list[str]:
        """The words that run a program. Raises ProgramMissing."""
        if self.folder is None:
            found = str(self.asterisk) if name == "asterisk" else shutil.which(name)
            if found is None:
                raise ProgramMissing(f"{name} is not installed. Please install it, then try again.")
            return [found]
        path = next((self.folder / place / name for place in PLACES if (self.folder / place / name).is_file()), None)
        if path is None:
            raise ProgramMissing(f"{self.folder} holds no {name}. Remove that folder to have it fetched again.")
        libraries = self.libraries
        loader = next(iter(sorted(self.folder.glob("usr/lib*/ld-linux-*.so.*"))), None)
        if loader is None:
            raise ProgramMissing(f"{self.folder} holds no loader. Remove that folder to have it fetched again.")
        return [str(loader), "--library-path", f"{libraries}:{libraries}/pulseaudio", str(path)]

    def environment(self) -> dict[str, str]:
        """What an unpacked espeak-ng needs to find its voices."""
        mine = {"ESPEAK_DATA_PATH": str(self.libraries)} if self.folder is not None else {}
        return {"LANG": "C.UTF-8", "PATH": os.environ.get("PATH", ""), **mine}

    @property
    def libraries(self) -> Path:
        """Where the machine's, or the folder's, libraries of its kind of processor are."""
        root = self.folder or Path("/")
        found = sorted(path.parent for path in root.glob("usr/lib/*-linux-gnu*/asterisk"))
        return found[0] if found else root / "usr/lib"

    @property
    def modules(self) -> Path:
        """Asterisk's modules."""
        return self.libraries / "asterisk" / "modules"

    @property
    def share(self) -> Path:
        """Asterisk's documentation and sounds; without the former its SIP does not start."""
        return (self.folder or Path("/")) / "usr/share/asterisk"


def find_programs(told: str) -> Programs:
    """The programs that the setting `asterisk` names, else the machine's. Raises ProgramMissing."""
    if told:
        path = Path(told).absolute()
        if path.is_dir() and (path / "usr/sbin/asterisk").is_file():
            return Programs(path, path / "usr/sbin/asterisk")
        if path.is_file():
            return Programs(None, path)
        raise ProgramMissing(f"{path} is neither Asterisk nor a folder that holds it; set QIAO_ASTERISK anew.")
    found = shutil.which("asterisk", path=f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin")
    if found is None:
        raise ProgramMissing("There is no Asterisk here. `./dev demo --voice` fetches one; else set QIAO_ASTERISK.")
    return Programs(None, Path(found))

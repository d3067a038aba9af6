"""Links between our documents lead somewhere, and both READMEs show the two commands first."""

import re
import sys
from pathlib import Path
from typing import Final

from tools.sources import ROOT, shown, told

LINK: Final = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
FIRST: Final = ("./dev demo", "./dev test")


def main() -> int:
    """Every broken link, and a README that hides its commands."""
    problems = []
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("src/qiao/**/*.md")]
    for page in sorted(pages):
        problems += broken(page)
    for name in ("README.md", "README.zh-CN.md"):
        block = re.search(r"```[a-z]*\n(.*?)```", (ROOT / name).read_text("utf-8"), re.DOTALL)
        if block is None or not all(command in block[1] for command in FIRST):
            problems.append(f"{name}: its first block shows {' and '.join(FIRST)}")
    return told(problems)


def broken(page: Path) -> list[str]:
    """Links of one page to files that are not there."""
    found = LINK.findall(page.read_text("utf-8"))
    near = [link for link in found if "://" not in link and not link.startswith("mailto:")]
    return [f"{shown(page)}: {link} is not there" for link in near if not (page.parent / link).exists()]


if __name__ == "__main__":
    sys.exit(main())

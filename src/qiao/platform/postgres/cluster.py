"""Make a cluster, and write the three files that say how it is served and who may come in."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

from qiao.platform.postgres.account import Account, own_name
from qiao.platform.postgres.places import MAJOR, Places
from qiao.platform.postgres.processes import cluster_name
from qiao.platform.postgres.refusal import ServerDidNotStart

OWNER: Final = "qiao"
SHARED_MEMORY_MIN_BYTES: Final = 256 * 1024 * 1024
ENVIRONMENT: Final = {"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}

SETTINGS: Final = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": 5432,
    "max_connections": 200,
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "jit": "off",
    "wal_level": "minimal",
    "max_wal_senders": 0,
    "max_wal_size": "2GB",
    "min_wal_size": "128MB",
    "checkpoint_timeout": "10min",
    "random_page_cost": 1.1,
    "timezone": "UTC",
    "log_timezone": "UTC",
    "datestyle": "ISO, YMD",
    "default_text_search_config": "pg_catalog.simple",
    "logging_collector": "on",
    "log_filename": "postgres-%H.log",  # one a clock hour, the same hour of yesterday overwritten
    "log_rotation_age": "1h",
    "log_rotation_size": 0,
    "log_truncate_on_rotation": "on",
    "log_file_mode": "0600",
    "log_line_prefix": "%m [%p] ",
    "log_statement": "none",
    "log_parameter_max_length": 0,  # what people said and who they are does not belong in a log
    "log_parameter_max_length_on_error": 0,
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",  # without the detail, which quotes the row
}
DURABLE: Final = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
FORGETFUL: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def ensure_cluster(places: Places, account: Account, *, durable: bool) -> None:
    """Make the cluster if it is missing, else check that this PostgreSQL can serve it. Raises ServerDidNotStart."""
    version = places.cluster / "PG_VERSION"
    if version.exists():
        found = version.read_text("ascii", "replace").strip()
        if found != str(MAJOR):
            raise ServerDidNotStart(
                f"{places.cluster} was made by PostgreSQL {found}, this Qiao brings {MAJOR}; it was left untouched. "
                "Start the older Qiao, dump the database, and load the dump into a new folder."
            )
        return
    if places.cluster.exists():
        raise ServerDidNotStart(f"{places.cluster} holds no PostgreSQL cluster; it was left untouched. Move it away.")
    _make(places, account, durable=durable)


def _make(places: Places, account: Account, *, durable: bool) -> None:
    """Run initdb beside the final place and rename, so that a killed start leaves no half-made cluster."""
    making = places.home / "data.making"
    shutil.rmtree(making, ignore_errors=True)
    command = [str(places.binaries / "bin" / "initdb"), "-D", str(making), "-U", OWNER]
    command += ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    command += ["--auth-local=peer", "--auth-host=reject", "--no-instructions"]
    if not durable:
        command.append("--no-sync")
    done = subprocess.run(  # noqa: S603
        command,
        check=False,
        capture_output=True,
        cwd="/",
        env=ENVIRONMENT,
        **account.run_as(),  # type: ignore[call-overload]
    )
    if done.returncode != 0:
        shutil.rmtree(making, ignore_errors=True)
        told = done.stderr.decode("utf-8", "replace").strip()
        raise ServerDidNotStart(f"initdb failed in {places.home}; nothing was kept. It said:\n{told}")
    making.rename(places.cluster)


def write_settings(places: Places, account: Account, *, durable: bool) -> None:
    """Write postgresql.conf, pg_hba.conf and pg_ident.conf anew: what they say is ours alone."""
    chosen: dict[str, object] = SETTINGS | (DURABLE if durable else FORGETFUL)
    chosen |= {
        "unix_socket_directories": str(places.sockets),
        "cluster_name": cluster_name(places.cluster),
        "log_directory": str(places.log),
        "dynamic_shared_memory_type": _shared_memory(),
    }
    lines = [f"{name} = {_quoted(value)}" for name, value in chosen.items()]
    callers = dict.fromkeys([account.name, own_name()])
    _write(places.cluster / "postgresql.conf", account, ["# written by Qiao at each start", *lines])
    _write(places.cluster / "pg_hba.conf", account, [f"local all {OWNER} peer map=qiao"])
    _write(places.cluster / "pg_ident.conf", account, [f"qiao {_named(name)} {OWNER}" for name in callers])


def _shared_memory() -> str:
    """POSIX shared memory where there is room for parallel queries; containers often give 64 MB or none."""
    try:
        return "posix" if shutil.disk_usage("/dev/shm").total >= SHARED_MEMORY_MIN_BYTES else "mmap"  # noqa: S108
    except OSError:
        return "mmap"


def _quoted(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _named(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _write(path: Path, account: Account, lines: list[str]) -> None:
    new = path.with_name(path.name + ".new")
    new.touch(mode=0o600)
    new.write_text("\n".join(lines) + "\n", "utf-8")
    account.own(new)
    new.replace(path)

"""The embedded PostgreSQL: the default database for trying Qiao out and for small houses."""

from qiao.platform.postgres.refusal import ServerDidNotStart
from qiao.platform.postgres.server import EmbeddedPostgres

__all__ = ["EmbeddedPostgres", "ServerDidNotStart"]

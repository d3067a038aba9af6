"""Files: one port, a folder behind it; what people upload and what is recorded goes through here."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import UUID

from qiao.kernel.ids import FileId, new_id


class FileStore(Protocol):
    """Where bytes are kept; names and rights are the owning room's business."""

    async def put(self, content: bytes) -> FileId:
        """Keep the bytes durably and give them an id nobody can guess from another."""
        ...

    async def get(self, file_id: UUID) -> bytes:
        """All bytes. Raises FileNotFoundError."""
        ...

    async def delete(self, file_id: UUID) -> None:
        """Forget; nothing happens if it is gone already."""
        ...


@dataclass(slots=True)
class Held:
    """Bytes that are kept while a transaction names them; `named` False says that it did not after all."""

    id: FileId
    named: bool = True


@asynccontextmanager
async def held(files: FileStore, content: bytes) -> AsyncIterator[Held]:
    """Keep the bytes for a transaction that begins and ends within; whatever goes wrong, none are left unnamed."""
    file = Held(await files.put(content))
    try:
        yield file
    except BaseException:
        file.named = False
        raise
    finally:
        if not file.named:
            await files.delete(file.id)


class FolderStore:
    """A folder, two levels deep; a file is visible only when it is complete and on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _path(self, file_id: UUID) -> Path:
        name = str(UUID(str(file_id)))
        return self.folder / name[-2:] / name[-4:-2] / name

    async def put(self, content: bytes) -> FileId:
        file_id = FileId(new_id())
        await asyncio.to_thread(self._write, self._path(file_id), content)
        return file_id

    @staticmethod
    def _write(path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        with partial.open("wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        partial.rename(path)

    async def get(self, file_id: UUID) -> bytes:
        return await asyncio.to_thread(self._path(file_id).read_bytes)

    async def delete(self, file_id: UUID) -> None:
        await asyncio.to_thread(self._path(file_id).unlink, missing_ok=True)

"""Reads what callers sent, one file after the other, the accounts in turn, beside everything else. What the
server's end interrupts goes on at its next start.

A file waits in ``uploads/waiting/<upload>/`` until what became of it is written. To be read it is laid at
``uploads/<digest>/<name>`` too, where the digest covers its bytes and what was declared of it: the same
upload again changes nothing, another file of the same name replaces nothing. Then both are removed; the home
keeps its own copy. Whenever the process dies, the next start reads what was not written as read,
and removes what no upload names. One file that fails, in whatever way, stops none of the others.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import shutil
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from rag.core.calls import Cancelled
from rag.core.errors import ConfigurationError, ParseError, StorageError
from rag.core.stages import heard_by
from rag.core.types import Document
from rag.home import OpenHome
from rag.ingest.report import FileResult, Progress
from rag.ingest.sources.placement import patient_folder, sidecar_of
from rag.server.monitoring.metrics import Metrics
from rag.server.uploads.fairness import FairQueue, NextFile
from rag.server_settings import ServerSettings
from rag.store.inputs import InputStore
from rag.store.people.uploads import Right, Told, Upload, UploadFile, UploadStore, new_upload_id
from rag.store.privacy import private_folder
from rag.store.sources import digest_of

DEMO_PREFIX = "DEMO-"
_log = logging.getLogger(__name__)
_UNFIT = re.compile(r'[\x00-\x1f\x7f<>:"|?*/\\]')
_LONGEST_NAME = 120


class Inbox:
    """The uploads of one home and the thread that reads them."""

    def __init__(
        self, opened: OpenHome, home: Path, metrics: Metrics, limits: ServerSettings = ServerSettings()
    ) -> None:
        self.store = UploadStore(opened.store.database)
        self._opened, self._folder, self._metrics = opened, home.absolute() / "uploads", metrics
        if patient_folder(self._folder / "any" / "file") is not None:
            raise ConfigurationError("home_under_patients", home=home)
        self._queue = FairQueue(limits.upload_waiting_files, 1_000_000 * limits.upload_waiting_mb)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="uploads")
        unfinished = self.store.unfinished()
        self._sweep({upload.upload_id for upload in unfinished})
        for upload in unfinished:
            if any(file.status in ("queued", "reading") for file in upload.files):
                self._queue.put(upload, reserved=False)
            else:
                self._finish(upload)
        self._thread.start()

    def take(
        self,
        account_id: str,
        right: Right,
        declared: Mapping[str, str],
        files: Sequence[tuple[str, BinaryIO]],
    ) -> Upload:
        """Keep files and have them read; return at once what is to be followed.

        Raises:
            TooBusy: too much of this account waits already.
            StorageError: the disk is full, or the home cannot be written.
        """
        size = sum(_size_of(stream) for _, stream in files)
        self._queue.reserve(account_id, len(files), size)
        try:
            upload = self._kept(account_id, right, declared, files)
        except BaseException:
            self._queue.release(account_id, len(files), size)
            raise
        self._queue.put(upload)
        return upload

    def _kept(
        self,
        account_id: str,
        right: Right,
        declared: Mapping[str, str],
        files: Sequence[tuple[str, BinaryIO]],
    ) -> Upload:
        upload_id = new_upload_id()
        folder = self._folder / "waiting" / upload_id
        kept = []
        try:
            for number, (name, stream) in enumerate(files):
                path = folder / str(number) / plain_file_name(name)
                private_folder(self._folder)
                private_folder(path.parent)
                with path.open("wb") as copy:
                    shutil.copyfileobj(stream, copy, 1 << 20)
                kept.append(UploadFile(name[:300], path.stat().st_size, f"{number}/{path.name}"))
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise StorageError(
                "store_not_writable", place=self._folder, reason=error.strerror or type(error).__name__
            ) from None
        return self.store.add(account_id, right, declared, kept, upload_id)

    def surviving(self, patient_id: str) -> str:
        """Return the id under which a patient's documents are, after all that the identity desk joined."""
        (found,) = self._opened.store.surviving([patient_id])
        return found

    def close(self) -> None:
        """Stop after the part that is being written; the rest is read when the server starts again."""
        self._stopping.set()
        self._queue.close()
        self._thread.join()

    def _work(self) -> None:
        while (found := self._queue.take()) is not None and not self._stopping.is_set():
            upload = found.upload
            try:
                self._read(found)
            except Cancelled:
                return
            except Exception as error:  # one upload that fails in an unforeseen way does not end the others
                _log.error("upload %s failed: %s", upload.upload_id, type(error).__name__, exc_info=error)
            finally:
                self._queue.release(upload.account_id, 1, upload.files[found.number].size)

    def _read(self, found: NextFile) -> None:
        upload, number = found.upload, found.number
        file = upload.files[number]
        if self.store.put_file(upload.upload_id, number, replace(file, status="reading")):
            with heard_by(self._metrics.stage):
                waiting = self._folder / "waiting" / upload.upload_id / file.staged
                result = self._read_alone(upload, file, waiting)
            self._metrics.uploaded(result.status)
            self.store.put_file(upload.upload_id, number, result)
        if number == len(upload.files) - 1:
            self._finish(upload)

    def _finish(self, upload: Upload) -> None:
        shutil.rmtree(self._folder / "waiting" / upload.upload_id, ignore_errors=True)
        self.store.finish(upload.upload_id)

    def _read_alone(self, upload: Upload, file: UploadFile, waiting: Path) -> UploadFile:
        try:
            return self._read_file(upload, file, waiting)
        except Cancelled:
            raise
        except Exception as error:
            _log.error("upload %s failed: %s", upload.upload_id, type(error).__name__, exc_info=error)
            return replace(file, status="failed", problems=(Told("upload_failed", {"file": file.name}),))

    def _read_file(self, upload: Upload, file: UploadFile, waiting: Path) -> UploadFile:
        seen: dict[str, None] = {}

        def admit(document: Document) -> None:
            self._admit(document, right, file.name)
            seen[document.doc_id] = None

        right = self._right_now(upload.right)
        place = self._place(waiting, upload.declared)
        try:
            report = self._opened.ingestor.ingest(
                [place],
                self._go_on,
                admit,
                f"upload:{upload.account_id}",
                of_nobody="by_form" if right.curate else "quarantine",
            )
        except BaseException:
            self._clear(place)
            raise
        result = report.files[0] if report.files else None
        known = (
            *self._opened.store.by_source(place.as_uri()),
            *self._opened.store.held_from(place.as_uri()),
        )
        self._clear(place, forget=result is not None and result.status == "failed")
        return self._judged(file, result, tuple(seen) or known, right)

    def _judged(
        self, file: UploadFile, result: FileResult | None, doc_ids: tuple[str, ...], right: Right
    ) -> UploadFile:
        """Say what became of a file; that an equal one was read before is told only to who may read what it
        gave.
        """
        waiting = [doc_id for doc_id in doc_ids if self._opened.store.in_quarantine(doc_id) is not None]
        if result is not None and result.status == "unchanged" and doc_ids and len(waiting) == len(doc_ids):
            return replace(file, status="held", doc_ids=doc_ids)
        documents = [self._opened.store.get(doc_id) for doc_id in doc_ids]
        readable = all(
            document is not None and _may_add(document.patient_id, right) for document in documents
        )
        if result is None or (result.status == "unchanged" and not readable):
            return replace(file, status="failed", problems=(Told("upload_refused", {"file": file.name}),))
        problems = tuple(_told(problem, file.name) for problem in result.problems)
        warnings = tuple(_told(warning, file.name) for warning in result.warnings)
        return replace(file, status=result.status, problems=problems, warnings=warnings, doc_ids=doc_ids)

    def _admit(self, document: Document, right: Right, name: str) -> None:
        """Raise ``ParseError`` for a document that the uploader may not add, or that would take the place of
        another's.
        """
        if right.demo and document.patient_id is not None and not document.patient_id.startswith(DEMO_PREFIX):
            raise ParseError("upload_not_demo", file=name, prefix=DEMO_PREFIX)
        if document.patient_id is not None and not _may_add(document.patient_id, right):
            raise ParseError("upload_refused", file=name)
        held = self._opened.store.in_quarantine(document.doc_id)
        present = self._opened.store.get(document.doc_id) or (held[0] if held else None)
        if held is not None and document.patient_id is None and held[0].source.uri != document.source.uri:
            raise ParseError("upload_id_taken", file=name, doc_id=document.doc_id)
        if present is not None and (
            present.patient_id != document.patient_id
            or not present.source.uri.startswith(self._folder.as_uri() + "/")
        ):
            raise ParseError("upload_id_taken", file=name, doc_id=document.doc_id)

    def _right_now(self, right: Right) -> Right:
        """Return what an uploader may add, by the ids that survive today."""
        return (
            right
            if right.patient_ids is None
            else replace(right, patient_ids=tuple(self._opened.store.surviving(right.patient_ids)))
        )

    def _place(self, waiting: Path, declared: Mapping[str, str]) -> Path:
        """Lay a file where its address stands for its content, and beside it what was declared."""
        with waiting.open("rb") as stream:
            digest = hashlib.sha256(
                f"{digest_of(stream)} {json.dumps(dict(declared), sort_keys=True)}".encode()
            ).hexdigest()[:32]
        place = self._folder / digest / waiting.name
        private_folder(place.parent)
        shutil.copyfile(waiting, place)
        if declared:
            sidecar_of(place).write_text(json.dumps(dict(declared), ensure_ascii=False), encoding="utf-8")
        return place

    def _sweep(self, wanted: set[str]) -> None:
        """Remove what a process that died left: files that no upload waits for, and copies that were read."""
        if not self._folder.is_dir():
            return
        waiting = self._folder / "waiting"
        left = [path for path in waiting.glob("*") if path.name not in wanted]
        for path in [*left, *(path for path in self._folder.iterdir() if path != waiting)]:
            shutil.rmtree(path, ignore_errors=True)

    def _clear(self, place: Path, *, forget: bool = False) -> None:
        shutil.rmtree(place.parent, ignore_errors=True)
        if forget:  # a failed reading of a file that is gone is of no use to anybody
            InputStore(self._opened.store.database).delete([place.as_uri()])

    def _go_on(self, _: Progress) -> None:
        if self._stopping.is_set():
            raise Cancelled


def plain_file_name(name: str) -> str:
    """Return a name that every file system takes, without any folder, its ending kept."""
    last = _UNFIT.sub("_", name.replace("\\", "/").rpartition("/")[2]).strip(". ") or "file"
    plain = last.encode("utf-8", "replace").decode()
    stem, dot, ending = plain.rpartition(".")
    return plain if len(plain) <= _LONGEST_NAME else f"{stem[: _LONGEST_NAME - 12]}{dot}{ending[:11]}"


def _size_of(stream: BinaryIO) -> int:
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    return size


def _may_add(patient_id: str | None, right: Right) -> bool:
    if patient_id is None:
        return right.curate
    return right.patient_ids is None or patient_id in right.patient_ids


def _told(error: ParseError, name: str) -> Told:
    """Keep an error as data; the place of the file on this machine is replaced by its name."""
    variables = {
        key: value if isinstance(value, int | float) else str(value) for key, value in error.variables.items()
    }
    return Told(error.key, {**variables, **({"file": name} if "file" in variables else {})})

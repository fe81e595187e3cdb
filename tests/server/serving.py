"""A served home for tests: real sockets, real database, hashed vectors, and a scripted model where one is
wanted.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import uvicorn
from llama_index.core.llms.llm import LLM

from rag.answer.write.generator import Generator
from rag.build import open_home
from rag.home import OpenHome
from rag.server.listener import configuration
from rag.server.services import Services, serving
from rag.settings import Settings
from tests.integration.conftest import write_corpus


@dataclass(frozen=True, slots=True)
class Served:
    url: str
    services: Services
    home: Path

    def client(self, **headers: str) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=headers, timeout=30)


def settings_for(folder: Path, **server: object) -> Settings:
    """No language model, hashed vectors (the folder of models is empty and no source answers), an index in
    memory.
    """
    return Settings.model_validate(
        {
            "models": {
                "dir": str(folder / "no-models"),
                "use_registry": False,
                "hub_url": "http://127.0.0.1:9",
            },
            "llm": {"kind": "none"},
            "index": {"kind": "memory"},
            "server": {"shutdown_s": 2, **server},
        }
    )


def with_llm(opened: OpenHome, llm: LLM, settings: Settings) -> OpenHome:
    """Return the home with a language model that writes, unless a question asks for quotes."""
    writer = replace(opened.stages.extractor, generator=Generator(llm, settings.llm, settings.answer))
    return replace(opened, stages=replace(opened.stages, writer=writer, answer_mode="write"))


@contextmanager
def served(folder: Path, *, demo: bool = True, llm: LLM | None = None, **server: object) -> Iterator[Served]:
    """Serve a new home that holds the tiny corpus."""
    settings, home = settings_for(folder, **server), folder / "home"
    with ExitStack() as stack:
        opened = stack.enter_context(open_home(settings, home, allow_fallback=True))
        opened.ingestor.ingest([write_corpus(folder / "corpus")])
        if llm is not None:
            opened = with_llm(opened, llm, settings)
        services = stack.enter_context(serving(settings, home, opened, demo=demo))
        url = stack.enter_context(_listening(services))
        yield Served(url, services, home)


@contextmanager
def _listening(services: Services) -> Iterator[str]:
    taken = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(configuration(services))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
        taken.close()


def events_of(response: httpx.Response) -> Iterator[tuple[str, str]]:
    """Yield (name, data) of server-sent events as they arrive."""
    name = ""
    for line in response.iter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, line.removeprefix("data: ")

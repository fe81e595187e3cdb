"""A stand-in for an OpenAI-compatible server: it streams, counts tokens, and writes the JSON that the schema
asks for.

It does not think: the text is the smallest document that conforms, so that what is tested is the way there
and back.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "standin-key"
MODEL = "standin"
CONTEXT_WORDS = 200


def smallest(schema: Mapping[str, Any]) -> object:
    """Return the smallest value that conforms to the schema."""
    if "enum" in schema:
        return schema["enum"][0]
    if schema["type"] == "object":
        return {name: smallest(part) for name, part in schema["properties"].items()}
    if schema["type"] == "array":
        return [smallest(schema["items"])] * schema.get("minItems", 0)
    return "é" * schema.get("minLength", 0)


class Standin:
    """The server; ``broken`` makes it fail with that status, ``hang_up`` ends the stream in the middle of the
    text.
    """

    def __init__(self) -> None:
        self.broken: int | None = None
        self.hang_up = False
        self.requests: list[dict[str, Any]] = []
        self.left_early = threading.Event()
        standin = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                standin._answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        request = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        self.requests.append(request)
        words = sum(len(message["content"].split()) for message in request["messages"])
        if self.broken:
            return _refuse(handler, self.broken, "broken")
        if handler.headers.get("Authorization") != f"Bearer {KEY}":
            return _refuse(handler, 401, "invalid key")
        if request["model"] != MODEL or handler.path != "/v1/chat/completions":
            return _refuse(handler, 404, "no such model")
        if words > CONTEXT_WORDS:
            return _refuse(handler, 400, f"This model's maximum context length is {CONTEXT_WORDS} tokens.")
        tokens, finish = _tokens(request)
        usage = {
            "prompt_tokens": words,
            "completion_tokens": len(tokens),
            "total_tokens": words + len(tokens),
        }
        if not request.get("stream"):
            message = {"role": "assistant", "content": "".join(tokens)}
            body = {"id": "1", "object": "chat.completion", "created": 0, "model": MODEL, "usage": usage}
            return _send(
                handler, 200, body | {"choices": [{"index": 0, "message": message, "finish_reason": finish}]}
            )
        return self._stream(
            handler, tokens, finish, usage if request.get("stream_options", {}).get("include_usage") else None
        )

    def _stream(self, handler: BaseHTTPRequestHandler, tokens: list[str], finish: str, usage: object) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        try:
            for event in _events(tokens, finish, usage):
                line = f"data: {event}\n\n".encode()
                handler.wfile.write(f"{len(line):x}\r\n".encode() + line + b"\r\n")
                handler.wfile.flush()
                if self.hang_up:
                    break
            else:
                handler.wfile.write(b"0\r\n\r\n")
        except (BrokenPipeError, ConnectionResetError):
            self.left_early.set()
        handler.close_connection = True


def _tokens(request: Mapping[str, Any]) -> tuple[list[str], str]:
    response_format = request.get("response_format")
    text = (
        json.dumps(smallest(response_format["json_schema"]["schema"]), ensure_ascii=False)
        if response_format
        else "bonjour " * 1_000_000
    )
    limit = request["max_tokens"]
    tokens = [text[start : start + 3] for start in range(0, min(len(text), 3 * limit + 3), 3)]
    return tokens[:limit], "length" if len(tokens) > limit else "stop"


def _events(tokens: list[str], finish: str, usage: object) -> Iterator[str]:
    head = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": MODEL}
    for token in tokens:
        yield json.dumps(
            head | {"choices": [{"index": 0, "delta": {"content": token}, "finish_reason": None}]}
        )
    yield json.dumps(head | {"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
    if usage:
        yield json.dumps(head | {"choices": [], "usage": usage})
    yield "[DONE]"


def _refuse(handler: BaseHTTPRequestHandler, status: int, message: str) -> None:
    _send(handler, status, {"error": {"message": message, "type": "invalid_request_error", "code": None}})


def _send(handler: BaseHTTPRequestHandler, status: int, body: Mapping[str, Any]) -> None:
    data = json.dumps(body).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)

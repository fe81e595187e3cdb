"""A language model through Hugging Face ``transformers``: any causal model with a chat template, on a GPU
where there is one.

JSON is constrained with XGrammar, the decoder that vLLM uses too: at each step every token that would leave
the schema is ruled out. The text is written by a plain loop, so that closing the iterator stops it after the
token under way.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, LogProb
from pydantic import PrivateAttr

from rag.core.errors import ConfigurationError, Unavailable, UsageError
from rag.models.files.manifest import load_manifest
from rag.models.llm.local import Finish, LocalLlm, WriteOptions, Written
from rag.models.llm.turns import turns_of
from rag.settings import LlmSettings

_SEPARATORS = (", ", ": ")
_UNFINISHED = "\ufffd"
"""What the tokenizer shows for the first bytes of a character whose last bytes are still to come."""


@dataclass(frozen=True, slots=True)
class _Loaded:
    model: Any
    tokenizer: Any
    grammars: Any
    stop_ids: frozenset[int]
    control_ids: Any


class HuggingFaceLlm(LocalLlm):
    """A model of ``transformers``, loaded on first use from ``source``: a folder, or a repository of the
    hub.
    """

    source: str
    _loaded: _Loaded | None = PrivateAttr(default=None)
    _guard: threading.Lock = PrivateAttr(default_factory=threading.Lock)

    @classmethod
    def class_name(cls) -> str:
        """Name in LlamaIndex's registry."""
        return "traboule_huggingface_llm"

    def close(self) -> None:
        """Release the model. Closing twice is harmless, and using it again loads it again."""
        with self._guard:
            self._loaded = None

    def _write(self, messages: Sequence[ChatMessage], options: WriteOptions) -> Iterator[Written]:
        with self._guard:
            if self._loaded is None:
                self._loaded = _load(self.source, self.threads)
            loaded = self._loaded
        prompt = _prompt_ids(loaded, messages)
        if prompt.shape[1] >= self.context_tokens:
            raise UsageError("llm_prompt_too_long", tokens=prompt.shape[1], limit=self.context_tokens)
        room = min(options.max_tokens, self.context_tokens - prompt.shape[1])
        import torch  # type: ignore[import-not-found, unused-ignore]

        try:
            yield from _pieces(loaded, prompt, options, room)
        except torch.OutOfMemoryError as error:
            raise Unavailable("llm_failed", reason="out of memory") from error


def hf_llm(settings: LlmSettings, folder: Path) -> HuggingFaceLlm:
    """Return the model that the settings name: ``folder/<name>`` where it holds one, else the repository of
    that name on the hub.
    """
    local = folder / settings.name
    repositories = {spec.name: spec.hub_repo for spec in load_manifest()}
    return HuggingFaceLlm(
        source=(
            str(local)
            if (local / "config.json").is_file()
            else repositories.get(settings.name) or settings.name
        ),
        model_name=settings.name,
        context_tokens=settings.context_tokens,
        max_tokens=settings.max_tokens,
        temperature=settings.temperature,
        threads=settings.threads,
        timeout_s=settings.timeout_s,
    )


def _load(source: str, threads: int | None) -> _Loaded:
    try:
        import torch  # type: ignore[import-not-found, unused-ignore]
        import xgrammar  # type: ignore[import-not-found, unused-ignore]
        from transformers import AutoModelForCausalLM, AutoTokenizer  # type: ignore[import-not-found, unused-ignore]
        from transformers.utils.logging import disable_progress_bar  # type: ignore[import-not-found, unused-ignore]
    except ImportError as error:
        raise ConfigurationError("llm_extra_missing", kind="transformers", extra="transformers") from error
    disable_progress_bar()
    if threads:
        torch.set_num_threads(threads)
    try:
        tokenizer = AutoTokenizer.from_pretrained(source)
        model = AutoModelForCausalLM.from_pretrained(source, dtype="auto")
    except OSError as error:
        raise Unavailable("llm_weights_unreachable", source=source) from error
    except ValueError as error:
        raise ConfigurationError("llm_not_supported", source=source) from error
    device = (
        "cuda" if torch.cuda.is_available() else "cpu"
    )  # XGrammar masks on these two; on a Mac llama.cpp is the better choice
    vocabulary = xgrammar.TokenizerInfo.from_huggingface(
        tokenizer, vocab_size=model.config.get_text_config().vocab_size
    )
    # XGrammar lets raw control characters into a string of limited length, which no reader of JSON accepts
    control = [
        number for number, token in enumerate(vocabulary.decoded_vocab) if any(byte < 0x20 for byte in token)
    ]
    control_ids = torch.tensor(control, dtype=torch.long, device=device)
    return _Loaded(
        model.eval().to(device),
        tokenizer,
        xgrammar.GrammarCompiler(vocabulary),
        _stop_ids(model, tokenizer),
        control_ids,
    )


def _stop_ids(model: Any, tokenizer: Any) -> frozenset[int]:
    ids = model.generation_config.eos_token_id
    return frozenset([tokenizer.eos_token_id] if ids is None else ids if isinstance(ids, list) else [ids])


def _prompt_ids(loaded: _Loaded, messages: Sequence[ChatMessage]) -> Any:
    from jinja2 import TemplateError

    turns = turns_of(messages, loaded.tokenizer.all_special_tokens)
    try:
        # a model that can think aloud (Qwen3) is told not to: other templates ignore the word
        text = loaded.tokenizer.apply_chat_template(
            turns, add_generation_prompt=True, tokenize=False, enable_thinking=False
        )
    except (ValueError, TemplateError) as error:
        raise ConfigurationError("llm_no_chat_template", source=loaded.tokenizer.name_or_path) from error
    encoded = loaded.tokenizer(text, add_special_tokens=False, return_tensors="pt")
    return encoded["input_ids"].to(loaded.model.device)


def _pieces(loaded: _Loaded, prompt: Any, options: WriteOptions, room: int) -> Iterator[Written]:
    ids: list[int] = []
    shown, text = "", ""
    logprobs: tuple[tuple[LogProb, ...], ...] = ()
    finish: Finish = "length"
    for token, alternatives in _tokens(loaded, prompt, options, room):
        ids.append(token)
        if token in loaded.stop_ids:
            finish = "stop"
            break
        text = loaded.tokenizer.decode(ids, skip_special_tokens=True)
        logprobs += alternatives
        if len(text) > len(shown) and not text.endswith(_UNFINISHED):
            yield Written(text[len(shown) :], logprobs)
            shown, logprobs = text, ()
    if rest := text[len(shown) :]:
        yield Written(rest, logprobs)
    yield Written("", (), finish, prompt.shape[1], len(ids))


def _tokens(
    loaded: _Loaded, prompt: Any, options: WriteOptions, room: int
) -> Iterator[tuple[int, tuple[tuple[LogProb, ...], ...]]]:
    """Yield one token after the other, with the likeliest alternatives before any constraint."""
    import torch

    choose = _Chooser(loaded, options)
    step, past = prompt, None
    for _ in range(room):
        with torch.inference_mode():
            output = loaded.model(input_ids=step, past_key_values=past, use_cache=True)
            logits = output.logits[0, -1].float()
            logprobs = _alternatives(loaded.tokenizer, logits, options.logprobs)
            token = choose(logits)
        yield token, logprobs
        past = output.past_key_values
        step = prompt.new_tensor([[token]])


class _Chooser:
    """Chooses the next token: within the schema, and then the likeliest, or by chance with a fixed seed."""

    def __init__(self, loaded: _Loaded, options: WriteOptions) -> None:
        import torch

        self._temperature = options.temperature
        self._control_ids = loaded.control_ids
        self._chance = torch.Generator(device=loaded.model.device).manual_seed(options.seed)
        self._matcher: Any = None
        self._mask: Any = None
        if options.schema is not None:
            import xgrammar

            grammar = loaded.grammars.compile_json_schema(
                json.dumps(options.schema), any_whitespace=False, separators=_SEPARATORS
            )
            self._matcher = xgrammar.GrammarMatcher(grammar, override_stop_tokens=sorted(loaded.stop_ids))
            self._mask = xgrammar.allocate_token_bitmask(1, grammar.tokenizer_info.vocab_size)

    def __call__(self, logits: Any) -> int:
        if self._matcher is not None:
            self._rule_out(logits)
        token = self._pick(logits)
        if self._matcher is not None:
            self._matcher.accept_token(token)
        return token

    def _rule_out(self, logits: Any) -> None:
        import xgrammar

        self._matcher.fill_next_token_bitmask(self._mask)
        logits[self._mask.shape[1] * 32 :] = float(
            "-inf"
        )  # rows that only pad the model's output are no tokens
        logits[self._control_ids] = float("-inf")
        xgrammar.apply_token_bitmask_inplace(logits.unsqueeze(0), self._mask.to(logits.device))

    def _pick(self, logits: Any) -> int:
        import torch

        if self._temperature == 0:
            return int(logits.argmax())
        return int(
            torch.multinomial(torch.softmax(logits / self._temperature, -1), 1, generator=self._chance)
        )


def _alternatives(tokenizer: Any, logits: Any, count: int) -> tuple[tuple[LogProb, ...], ...]:
    if not count:
        return ()
    best = logits.log_softmax(-1).topk(count)
    pairs = zip(best.indices.tolist(), best.values.tolist(), strict=True)
    return (tuple(LogProb(token=tokenizer.decode([token]), logprob=value) for token, value in pairs),)

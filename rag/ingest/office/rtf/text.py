"""RTF to text, group by group: every group is text unless it is one of the destinations that a reader never
sees.

Destinations that are read beside the text (notes, comments, headers, boxes) are written after it; what is
left out is counted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from rag.ingest.office.rtf.fields import FormField, shown
from rag.ingest.office.rtf.letters import ESCAPED, SIGNS, TOKEN, Fonts, decoded
from rag.ingest.office.rtf.tables import Flow
from rag.ingest.parsing.aside import Aside
from rag.ingest.parsing.runs import LEVEL, LOWERED, RAISED
from rag.ingest.parsing.symbol_fonts import signs

TEXT, SILENT = "text", "silent"
_COMMENT = "Commentaire / comment: "
_EDGES = frozenset("header headerl headerr headerf footer footerl footerr footerf".split())
_SILENT = frozenset(
    "colortbl stylesheet listtable listoverridetable rsidtbl generator themedata colorschememapping datastore"
    " latentstyles revtbl nonshppict shprslt objdata objname objalias bkmkstart bkmkend atnid atnauthor"
    " atnref atndate atntime atnicn atnparent atrfstart atrfend ftnsep ftnsepc ftncn aftnsep aftnsepc aftncn"
    " nonesttables panose falt xmlnstbl wgrffmtfilter filetbl pgptbl mmathPict datafield private blipuid"
    " blipuid defchp defpap themedata htmltag mmathPr template ffname ffhelptext ffstattext ffformat"
    " ffentrymcr ffexitmcr userprops docvar listname leveltext levelnumbers hlinkbase oldcprops oldpprops"
    " oldtprops oldsprops pnseclvl pn".split()
)
_READ = frozenset(
    "shpinst shppict shptxt shpgrp shp do picprop sp sn sv svb fldinst fldrslt formfield ffl ffdeftext"
    " annotation footnote dptxbxtext background result objclass pict object info mmath moMath moMathPara"
    " listtext pntext ud upr hl hlfr hlsrc hlloc".split()
)
_HIDDEN_ENTRIES = ("xe", "tc", "tcn", "txe", "rxe")
_PROPERTIES = frozenset("subject keywords comment doccomm category".split())
_NO_PROPERTIES = frozenset(
    "title author operator company manager creatim revtim printim buptim version vern edmins nofpages"
    " nofwords nofchars nofcharsws id".split()
)
_WORD_ART = ("wzDescription", "gtextUNICODE")


@dataclass(frozen=True, slots=True)
class _State:
    """What holds in a group: where its text goes, and how its letters are set."""

    kind: str = TEXT
    skip: int = 1
    font: int | None = None
    height: int = LEVEL
    struck: bool = False
    hidden: bool = False
    deleted: bool = False


@dataclass(slots=True)
class Rtf:
    """Reads one file. ``lost`` counts the letters that could not be read."""

    aside: Aside
    lost: int = 0
    characters: int = 0
    _fonts: Fonts = field(default_factory=Fonts)
    _body: Flow = field(default_factory=Flow)
    _flows: list[Flow] = field(default_factory=list)
    _beside: list[tuple[str, Flow]] = field(default_factory=list)
    _captured: list[list[str]] = field(default_factory=list)
    _stack: list[_State] = field(default_factory=list)
    _state: _State = _State()
    _pending: bytearray = field(default_factory=bytearray)
    _skipping: int = 0
    _high: int = 0
    _starred: bool = False
    _property: str = ""
    _notes: int = 0
    _form: FormField | None = None
    _is_entered: bool = False
    _has_words: bool = False
    _ends: list[str] = field(default_factory=list)

    def read(self, data: str) -> str:
        """Return the text of a file whose bytes are given as Latin-1."""
        self._flows = [self._body]
        at = 0
        while (found := TOKEN.match(data, at)) is not None:
            at = found.end()
            word, number, code, escaped, brace, letters = found.groups()
            if word is not None:
                at = self._word(word, int(number) if number else None, at)
            elif code is not None:
                self._byte(int(code, 16))
            elif letters is not None:
                self._letters(letters)
            elif brace == "{":
                self._open()
            elif brace == "}":
                self._close()
            elif escaped is not None:
                self._escaped(escaped)
        self._flush()
        edges = list(
            dict.fromkeys(
                text
                for kind, flow in self._beside
                if kind in _EDGES and (text := "\n".join(flow.done()).strip())
            )
        )
        others = [
            f"{kind}{text}"
            for kind, flow in self._beside
            if kind not in _EDGES and (text := "\n".join(flow.done()).strip())
        ]
        return "\n".join([*self._body.done(), *others, *edges])

    def _open(self) -> None:
        self._flush()
        self._stack.append(self._state)
        self._ends.append("")
        self._starred = False

    def _close(self) -> None:
        self._flush()
        end = self._ends.pop() if self._ends else ""
        if end:
            self._end(end)
        if self._stack:
            self._state = self._stack.pop()

    def _escaped(self, sign: str) -> None:
        if sign == "*":
            self._starred = True
        elif sign in "\r\n":
            self._flow_word("par")
        else:
            self._letters(ESCAPED.get(sign, ""))

    def _byte(self, code: int) -> None:
        if self._skipping:
            self._skipping -= 1
        else:
            self._pending.append(code)

    def _letters(self, text: str) -> None:
        if self._skipping:
            dropped = min(self._skipping, len(text))
            self._skipping -= dropped
            text = text[dropped:]
        if text:
            self._pending.extend(text.encode("latin-1", "replace"))

    def _flush(self) -> None:
        """Write the bytes read so far, in the code page of their font."""
        if not self._pending:
            return
        data, font = bytes(self._pending), self._state.font
        self._pending.clear()
        name = self._fonts.signs_of(font) if self._state.kind == TEXT else ""
        self._put(data.decode("latin-1") if name else decoded(data, self._fonts.code_page_of(font)))

    def _put(self, text: str) -> None:
        state = self._state
        if state.kind == "capture":
            self._captured[-1].append(text)
        elif state.kind == "fonts":
            self._fonts.names[state.font or 0] = self._fonts.names.get(state.font or 0, "") + text
        if state.kind != TEXT or self._is_entered:
            return
        self.characters += len(text)
        for reason, holds in (("revised", state.deleted), ("hidden", state.hidden), ("struck", state.struck)):
            if holds:
                self.aside.note(reason, "", int(bool(text.strip())))
                return
        if name := self._fonts.signs_of(state.font):
            text, unknown = signs(name, text)
            text = text.replace("μ", "µ")
            self.aside.note("signs", name, unknown)
        self.lost += text.count("\ufffd")
        self._flows[-1].put(text, state.height)

    def _word(self, word: str, number: int | None, at: int) -> int:
        if word == "u":
            self._unicode(number or 0)
            return at
        if self._skipping:
            self._skipping -= 1
            return at
        self._flush()
        if word == "bin":
            return at + max(0, number or 0)
        starred, self._starred = self._starred, False
        if self._is_setting(word, number) or self._is_destination(word, starred):
            return at
        if starred and word not in _READ:
            self._state = replace(self._state, kind=SILENT)
        elif self._state.kind == TEXT:
            self._flow_word(word)
        elif self._state.kind == "fonts" and word == "fcharset":
            self._fonts.charsets[self._state.font or 0] = number or 0
        elif self._form is not None and word.startswith("ff"):
            self._form.note(word, number)
        return at

    def _unicode(self, number: int) -> None:
        self._flush()
        code = number + 0x10000 if number < 0 else number
        if 0xD800 <= code < 0xDC00:
            self._high = code
        elif 0xDC00 <= code < 0xE000:
            self._put(
                chr(0x10000 + ((self._high - 0xD800) << 10) + code - 0xDC00) if self._high else "\ufffd"
            )
            self._high = 0
        elif code <= 0x10FFFF:
            self._put(chr(code))
        self._skipping = self._state.skip

    def _is_setting(self, word: str, number: int | None) -> bool:
        """Set how the letters after a word are read, if it says so."""
        state, on = self._state, number != 0
        if word in ("ansi", "mac", "pc", "pca", "ansicpg"):
            self._fonts.set_whole(word, number)
        elif word == "uc":
            self._state = replace(state, skip=max(0, number or 0))
        elif word in ("f", "af") and word == "f":
            self._state = replace(state, font=number or 0)
        elif word in ("super", "sub", "nosupersub"):
            height = {"super": RAISED, "sub": LOWERED}.get(word, LEVEL) if on else LEVEL
            self._state = replace(state, height=height)
        elif word in ("up", "dn"):
            self._state = replace(
                state,
                height=LEVEL if number is not None and number < 4 else RAISED if word == "up" else LOWERED,
            )
        elif word in ("strike", "striked"):
            self._state = replace(state, struck=on)
        elif word in ("v", "webhidden"):
            self._state = replace(state, hidden=on)
        elif word == "deleted":
            self._state = replace(state, deleted=on)
        elif word == "plain":
            self._state = replace(state, height=LEVEL, struck=False, hidden=False, font=None)
        else:
            return False
        return True

    def _is_destination(self, word: str, starred: bool) -> bool:
        """Send the text of the group where a word says, if it does."""
        state = self._state
        if word == "ud":
            self._state = replace(state, kind=TEXT)
        elif state.kind == SILENT:
            return word not in _READ or word not in ("shptxt", "dptxbxtext")
        elif word in _SILENT or (word.startswith("m") and word.endswith("Pr")) or word == "upr":
            self._state = replace(state, kind=SILENT)
        elif word == "fonttbl":
            self._state = replace(state, kind="fonts")
        elif word in _EDGES or word in ("footnote", "annotation", "shptxt", "dptxbxtext"):
            self._begin_beside(word)
        elif word in _HIDDEN_ENTRIES:
            self._begin("entry", "capture")
        elif word == "info":
            self._state = replace(state, kind="info")
        elif state.kind == "info" and word in _PROPERTIES:
            self._begin("property", "capture")
        elif state.kind == "info" and word in _NO_PROPERTIES:
            self._state = replace(state, kind=SILENT)
        else:
            return self._is_drawing(word) or self._is_field(word)
        return True

    def _is_drawing(self, word: str) -> bool:
        if word == "pict":
            self._has_words = False
            self._begin("picture", "data")
        elif word == "object":
            self._ends[-1] = "object"
        elif word == "objclass":
            self._begin("class", "capture")
        elif word in ("sn", "sv"):
            self._begin(word, "capture")
        elif word in ("shpinst", "do", "picprop"):
            self._state = replace(self._state, kind="data")
        elif word == "shp":
            self._property = ""
        elif word in ("svb", "background"):
            self._state = replace(self._state, kind=SILENT)
        elif word == "result":
            self._state = replace(self._state, kind=TEXT)
        else:
            return False
        return True

    def _is_field(self, word: str) -> bool:
        if word == "field":
            self._form, self._is_entered = None, False
            self._ends[-1] = "field"
        elif word == "fldinst":
            self._begin("instruction", "capture")
        elif word == "fldrslt":
            self._state = replace(self._state, kind=TEXT)
        elif word == "formfield":
            self._form = FormField()
            self._state = replace(self._state, kind="form")
        elif word in ("ffl", "ffdeftext") and self._form is not None:
            self._begin("entry of list" if word == "ffl" else "", "capture")
        else:
            return False
        return True

    def _begin(self, end: str, kind: str) -> None:
        self._state = replace(self._state, kind=kind)
        if kind == "capture":
            self._captured.append([])
            end = end or "captured"
        if self._ends:
            self._ends[-1] = end

    def _begin_beside(self, word: str) -> None:
        flow, label = Flow(), word if word in _EDGES else ""
        if word == "footnote":
            self._notes += 1
            self._flows[-1].put(f" ({self._notes})")
            label = f"({self._notes}) "
        elif word == "annotation":
            label = _COMMENT
        elif word in ("shptxt", "dptxbxtext"):
            self._has_words = True
        self._beside.append((label, flow))
        self._flows.append(flow)
        self._state = _State(font=self._state.font, skip=self._state.skip)
        self._ends[-1] = "flow"

    def _end(self, end: str) -> None:
        """Finish a group that meant something."""
        if end == "flow":
            self._flows.pop()
        elif end == "object":
            self.aside.note("embedded", self._property or "object")
            self._property = ""
        elif end == "field":
            self._form, self._is_entered = None, False
        elif end == "picture":
            self.aside.note("pictures", "", int(not self._has_words))
        else:
            self._end_captured(end, "".join(self._captured.pop()).strip())

    def _end_captured(self, end: str, text: str) -> None:
        if end == "entry" and text:
            self.aside.note("hidden", "index")
        elif end == "property" and text:
            self.aside.note("properties", "info")
        elif end in ("class", "sn"):
            self._property = text
        elif end == "sv" and self._property in _WORD_ART and text:
            self._has_words = True
            self._flows[-1].put(f" [{text}] ")
        elif end == "entry of list" and self._form is not None:
            self._form.entries.append(text)
        elif end == "instruction":
            said = shown(text, self._form)
            if said is not None:
                self._flows[-1].put(said, self._stack[-1].height if self._stack else LEVEL)
                self._is_entered = True

    def _flow_word(self, word: str) -> None:
        flow = self._flows[-1]
        if word in SIGNS:
            self._put(SIGNS[word])
        elif word in ("par", "sect", "page"):
            flow.end_line()
        elif word in ("intbl", "trowd"):
            flow.in_table = True
            if word == "trowd":
                flow.begin_row()
        elif word == "pard":
            flow.in_table = False
        elif word in ("cell", "nestcell"):
            flow.end_cell() if word == "cell" else flow.put(" ; ")
        elif word == "row":
            flow.end_row()
        elif word == "cellx":
            flow.define_cell()
        elif word in ("clmrg", "clvmrg"):
            flow.merge(word)


def is_whole(data: bytes) -> bool:
    """Tell whether every group is closed, as in a file that was written to its end."""
    plain = re.sub(rb"\\[\\{}]", b"", data)
    return b"\\bin" in plain or plain.count(b"{") <= plain.count(b"}")

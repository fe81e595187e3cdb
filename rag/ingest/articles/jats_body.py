"""The body of a JATS article, section by section."""

from __future__ import annotations

from collections.abc import Iterable

from rag.ingest.articles.inline import flat_text
from rag.ingest.parsing.xml_tree import Element
from rag.ingest.records.narrative import Narrative
from rag.ingest.records.writing import Writer
from rag.ingest.records.xml import child, children, local, within

_SECTIONS = frozenset(("sec", "app", "boxed-text", "sub-article", "response"))
_INSIDE = frozenset(
    (
        "app-group",
        "fig-group",
        "table-wrap-group",
        "glossary",
        "notes",
        "bio",
        "def-list",
        "disp-quote",
        "statement",
        "body",
    )
)
_FLOATS = frozenset(
    ("fig", "table-wrap", "boxed-text", "fig-group", "table-wrap-group", "supplementary-material", "media")
)
_ASIDE = frozenset(
    "title label caption ref-list front-stub front sec-meta back ack supplementary-material media".split()
)
_RENAMED = {"list-item": "item", "def-item": "p", "disp-formula": "p", "verse-group": "p", "break": "br"}
_DEEPEST = 8


class ArticleBody:
    """Writes parts of an article into a text, and counts the references that it sets aside."""

    def __init__(self, text: Writer) -> None:
        self._text = text
        self._narrative = Narrative(text, "en")
        self.references = 0

    def heading(self, title: str, level: int) -> None:
        """Open a section."""
        self._text.heading(title, min(level, _DEEPEST))

    def write(self, part: Element | None, level: int = 1) -> None:
        """Write what a part holds, its own title and label left out; sections in it are of this level."""
        self.write_parts([] if part is None else list(part), level)

    def write_parts(self, elements: Iterable[Element], level: int = 1) -> None:
        """Write elements of a part, as ``write`` does."""
        for element in elements:
            name = local(element)
            if name == "ref-list":
                self.references += len(children(element, "ref"))
            elif name in _SECTIONS:
                self._section(element, level)
            elif name == "fig":
                self._text.paragraph(_caption(element))
            elif name == "table-wrap":
                self._table(element)
            elif name in _INSIDE:
                self.write(element, level)
            elif name == "fn-group":
                self._notes(element)
            elif name and name not in _ASIDE:
                self._prose(element, level)

    def _section(self, section: Element, level: int) -> None:
        label, title = flat_text(child(section, "label")), flat_text(child(section, "title"))
        title = (
            title
            or flat_text(child(section, "caption", "title"))
            or flat_text(child(section, "front-stub", "title-group", "article-title"))
        )
        self.heading(" ".join(filter(None, (label, title))), level)
        self.write(section, level + 1)

    def _prose(self, element: Element, level: int) -> None:
        """Write a paragraph or a list; tables and figures that stand in it come after it."""
        floats = [inside for inside in within(element, *_FLOATS) if not _is_within(inside, element)]
        for inside in floats:
            parent, before, tail = inside.getparent(), inside.getprevious(), inside.tail or ""
            if before is not None:
                before.tail = (before.tail or "") + " " + tail
            else:
                parent.text = (parent.text or "") + " " + tail
            inside.tail = None
            parent.remove(inside)
        for inside in list(within(element, *_RENAMED)):
            inside.tag = _RENAMED[local(inside)]
        holder = element.makeelement("div")
        holder.append(element)
        self._narrative.write(holder)
        if floats:
            self.write(_held(holder, floats), level)

    def _table(self, wrap: Element) -> None:
        self._text.paragraph(_caption(wrap))
        for table in list(within(wrap, "table")):
            holder = table.makeelement("div")
            holder.append(table)
            self._narrative.write(holder)
        for foot in children(wrap, "table-wrap-foot"):
            self._text.paragraph(flat_text(foot))

    def _notes(self, group: Element) -> None:
        for note in children(group, "fn"):
            self._text.paragraph(flat_text(note))


def _held(holder: Element, elements: list[Element]) -> Element:
    held = holder.makeelement("div")
    held.extend(elements)
    return held


def _is_within(element: Element, top: Element) -> bool:
    """Tell whether a float lies in another one, which takes it along."""
    above = element.getparent()
    while above is not None and above is not top:
        if local(above) in _FLOATS:
            return True
        above = above.getparent()
    return False


def _caption(element: Element) -> str:
    label = flat_text(child(element, "label")).rstrip(".:")
    caption = child(element, "caption")
    words = " ".join(
        filter(None, (_ended(flat_text(part)) for part in ([] if caption is None else caption)))
    ) or flat_text(caption)
    return ". ".join(filter(None, (label, words)))


def _ended(text: str) -> str:
    return text if not text or text.endswith((".", "!", "?", ":", ";")) else f"{text}."

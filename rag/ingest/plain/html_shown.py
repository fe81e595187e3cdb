"""What a browser shows of a page beyond its text, and what it does not show: controls, choices, hidden parts,
and rules of style.

The tree is changed so that plain narrative remains: a ticked box becomes ☒, a list the entry chosen. What is
taken out is counted.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from rag.ingest.parsing.aside import Aside
from rag.ingest.parsing.xml_tree import Element
from rag.ingest.plain.html_unseen import blank_unseen, declarations, hides_all

_MARKUP = frozenset("script style".split())
_UNSHOWN = frozenset("template datalist".split())
_RULE = re.compile(r"(?<![^{}])([^{}]++)\{([^{}]*+)\}")
_AT_RULE = re.compile(r"@[^{};@]*+\{(?:[^{}]++|\{[^{}]*+\})*+\}")
_TELLING = re.compile(
    r"display\s*:\s*none|visibility\s*:|line-through|vertical-align\s*:\s*su|font-size|opacity|clip|overflow"
    r"|color\s*:|background|text-indent|margin|position|transform",
    re.IGNORECASE,
)
_SELECTOR = re.compile(r"([a-z][a-z0-9]*|\*)?((?:[.#][\w-]+)*)", re.IGNORECASE)
_MARK = re.compile(r"([.#])([\w-]+)")
_WORD = re.compile(r"[^\W\d_]{2,}")
_MOST_RULES = 500
"""Each is held against every element; a page of a hospital has some tens that tell."""
Compound = tuple[str, tuple[tuple[str, str], ...]]
"""A part of a selector: a tag or none, and classes (``.``) and ids (``#``)."""
_TICKED, _EMPTY_BOX = "☒", "☐"
_BOXES = ("checkbox", "radio")
_SILENT_INPUTS = ("password", "file", "image")
_TELLING_TAGS = (
    _MARKUP
    | _UNSHOWN
    | frozenset(
        "dialog input select iframe frame embed object audio video source img textarea text title desc"
        "".split()
    )
)
"""Elements that mean something else than their text; of all others only attributes can say that."""
_EXPLAINED = ("abbr", "acronym", "dfn")
_SPOKEN = ("title", "aria-label", "data-tooltip")


def show(root: Element, markup: str, aside: Aside) -> None:
    """Make of a page what a browser shows of it, in place."""
    _apply_rules(root)
    aside.note("hidden", "comments", sum(1 for text in _between(markup, "<!--", "-->") if _says(text)))
    for meta in root.iter("meta"):
        if (
            meta.get("name", "").lower() in ("description", "keywords", "subject")
            and (meta.get("content") or "").strip()
        ):
            aside.note("properties", meta.get("name"))
    for element in list(root.iter()):
        name = element.tag
        if isinstance(name, str) and (name in _TELLING_TAGS or element.keys()) and _is_in(root, element):
            _settle(element, aside)


def _settle(element: Element, aside: Aside) -> None:
    name = element.tag
    if name in _MARKUP:
        _take_out(element, "markup", name, aside)
    elif name in _UNSHOWN or (name == "dialog" and element.get("open") is None) or _is_hidden(element):
        _take_out(element, "hidden", name, aside)
    else:
        if element.get("style") or name == "font":
            aside.note("hidden", str(name), int(_says(" ".join(blank_unseen(element)))))
        _settle_shown(element, name, aside)


def _settle_shown(element: Element, name: str, aside: Aside) -> None:
    if name == "input":
        _input(element, aside)
    elif name == "select":
        _choose(element, aside)
    elif (
        name in ("iframe", "frame", "embed", "object", "audio", "video", "source")
        and not "".join(element.itertext()).strip()
    ):
        aside.note("parts", name)
    elif name == "img":
        _picture(element, aside)
    elif name == "textarea" and not (element.text or "").strip() and element.get("placeholder"):
        aside.note("prompts", name)
    elif name in ("text", "title", "desc") and any(above.tag == "svg" for above in element.iterancestors()):
        element.tail = f" {element.tail or ''}"
    if name in _EXPLAINED and (element.get("title") or "").strip() and element.getparent() is not None:
        element.tail = f" ({element.get('title').strip()}){element.tail or ''}"
    elif name != "img":
        aside.note(
            "hidden", "title", int(any(element.get(said) and _adds(element, said) for said in _SPOKEN))
        )


def _picture(element: Element, aside: Aside) -> None:
    said = " ".join((element.get("alt") or element.get("title") or element.get("aria-label") or "").split())
    if said:
        _say(element, f"[{said}]")
    else:
        aside.note("pictures", "img")


def _adds(element: Element, attribute: str) -> bool:
    """Tell whether an attribute says what the element does not."""
    said = " ".join((element.get(attribute) or "").split())
    if not said or element.tag in ("html", "head", "link", "style", "meta"):
        return False
    return said not in " ".join("".join(element.itertext()).split())


def _input(element: Element, aside: Aside) -> None:
    kind, value = (element.get("type") or "text").lower(), (element.get("value") or "").strip()
    if kind == "hidden":
        aside.note("hidden", "input", int(bool(value)))
    elif kind in _BOXES:
        _say(element, _TICKED if element.get("checked") is not None else _EMPTY_BOX)
    elif value and kind not in _SILENT_INPUTS:
        _say(element, value)
    elif value:
        aside.note("hidden", f"input {kind}")
    elif element.get("placeholder"):
        aside.note("prompts", "input")


def _choose(element: Element, aside: Aside) -> None:
    """Leave of a list the entries chosen: the first one where none is and the list shows one."""
    options = list(element.iter("option"))
    chosen = [option for option in options if option.get("selected") is not None]
    if not chosen and element.get("multiple") is None:
        chosen = options[:1]
    said = " ; ".join(
        filter(
            None,
            (" ".join("".join(option.itertext()).split()) or option.get("label") or "" for option in chosen),
        )
    )
    aside.note("hidden", "option", len(options) - len(chosen))
    for child in list(element):
        element.remove(child)
    element.text = f" {said} " if said else ""


def _say(element: Element, text: str) -> None:
    element.tag = "span"
    element.text = f" {text} "


def _is_hidden(element: Element) -> bool:
    return element.get("hidden") is not None or hides_all(declarations(element))


def _is_in(root: Element, element: Element) -> bool:
    """Tell whether an element is still part of the page: what stood in a part taken out went with it."""
    return element is root or element.getroottree().getroot() is root.getroottree().getroot()


def _take_out(element: Element, reason: str, where: str, aside: Aside) -> None:
    if _says("".join(element.itertext())) or any(
        child.get("value") or child.get("alt") for child in element.iter()
    ):
        aside.note(reason, where)
    parent = element.getparent()
    if parent is not None:
        element.drop_tree()


def _says(text: str) -> bool:
    return bool(_WORD.search(text)) or any(char.isdigit() for char in text)


def _apply_rules(root: Element) -> None:
    """Give elements the few declarations of the page's own style sheet that change what a text says."""
    rules = [
        rule
        for sheet in root.iter("style")
        if (text := sheet.text or "") and _TELLING.search(text)
        for rule in _rules(text)
    ]
    if not rules:
        return
    own = {element: element.get("style") or "" for element in root.iter() if isinstance(element.tag, str)}
    named = defaultdict[str, list[Element]](list)
    for element in own:
        named[element.tag].append(element)
        named[f"#{element.get('id')}"].append(element)
        for name in set((element.get("class") or "").split()):
            named[f".{name}"].append(element)
    for chain, said in rules[:_MOST_RULES]:
        tag, marks = chain[-1]
        for element in named["".join(marks[-1])] if marks else named[tag] if tag else own:
            if _matches(element, chain):
                # what an element says itself stands above the style sheet
                before = (element.get("style") or "").removesuffix(own[element])
                element.set("style", f"{before};{said};{own[element]}")


def _rules(text: str) -> Iterator[tuple[tuple[Compound, ...], str]]:
    """Yield the rules that are understood: names, classes and ids, alone or one within the other."""
    plain = _AT_RULE.sub(" ", _without_comments(text))
    for selectors, said in _RULE.findall(plain):
        if _TELLING.search(said):
            for selector in selectors.split(","):
                found = [_SELECTOR.fullmatch(part) for part in selector.replace(">", " ").split()]
                if found and all(found):
                    yield tuple(_compound(part) for part in found if part), said


def _compound(found: re.Match[str]) -> Compound:
    tag = (found[1] or "").lower()
    return "" if tag == "*" else tag, tuple(_MARK.findall(found[2]))


def _matches(element: Element, chain: tuple[Compound, ...]) -> bool:
    if not _is(element, chain[-1]):
        return False
    waiting = list(chain[:-1])
    for above in element.iterancestors():
        if waiting and _is(above, waiting[-1]):
            waiting.pop()
    return not waiting


def _is(element: Element, compound: Compound) -> bool:
    tag, marks = compound
    if tag and element.tag != tag:
        return False
    classes = (element.get("class") or "").split()
    return all(name in classes if kind == "." else element.get("id") == name for kind, name in marks)


def _between(text: str, opening: str, closing: str) -> Iterator[str]:
    """Yield what stands between pairs of marks, in one pass."""
    start = text.find(opening)
    while start >= 0 and (end := text.find(closing, start + len(opening))) >= 0:
        yield text[start + len(opening) : end]
        start = text.find(opening, end + len(closing))


def _without_comments(style: str) -> str:
    """Return a style sheet without its comments, in one pass."""
    kept, place = list[str](), 0
    while (start := style.find("/*", place)) >= 0 and (end := style.find("*/", start + 2)) >= 0:
        kept.append(style[place:start])
        place = end + 2
    return " ".join([*kept, style[place:]])

"""Which elements of a page a browser draws so that nobody sees them: not displayed, of no size, transparent,
cut off, beyond the edge, or in the colour of what lies behind.

Only what an element's own style says is looked at: rules of the page's style sheet are written into it
before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from rag.ingest.parsing.xml_tree import Element

_SIZE = re.compile(r"\s*(-?\d*\.?\d+)\s*(px|pt|em|rem|ex|%|vw|vh|cm|mm|in|pc|q)?", re.IGNORECASE)
_POINTS = {"": 0.75, "px": 0.75, "pt": 1.0, "ex": 6.0, "%": 0.12, "cm": 28.3, "mm": 2.83, "in": 72.0}
"""What a unit is in points; any other is about a letter of the text, 12."""
_TINY, _FAR = 2.0, -300.0
"""Points: print below the one is not read, a place beyond the other is off any page."""
_FAINT = 0.1
_ALIKE = 24
"""Of 255 in each of red, green and blue: colours nearer than this are one to the eye."""
_RGB = re.compile(r"rgba?\(([^()]*)\)", re.IGNORECASE)
_HEX = re.compile(r"#([0-9a-f]{3,8})\b", re.IGNORECASE)
_NAMED = {"white": (255, 255, 255), "snow": (255, 250, 250), "black": (0, 0, 0), "ivory": (255, 255, 240)}
_PAPER = (255, 255, 255)
_SHRUNK = re.compile(r"scale[xy]?\( ?0?(?:\.0{1,9})? ?[,)]")
_MOVED = re.compile(r"translate[xy]?\( ?(-\d{1,9})")
_CLEAR = re.compile(r"\btransparent\b|(?:rgba|hsla)\([^()]*[,/] ?0?(?:\.0{1,9})?%? ?\)", re.IGNORECASE)

Colour = tuple[int, int, int]


def declarations(element: Element) -> dict[str, str]:
    """Return what the style of an element says, the last word of each property, without idle white space."""
    parts = (part.partition(":") for part in (element.get("style") or "").lower().split(";"))
    return {name.strip(): " ".join(value.replace("!important", "").split()) for name, _, value in parts}


def take_out_unseen(root: Element) -> int:
    """Take out of a piece of a page what is not seen; return how many elements held something of it."""
    found = 0
    for element in list(root.iter()):
        if not isinstance(element.tag, str) or element.get("style") is None:
            continue
        parent = element.getparent()
        if parent is not None and hides_all(declarations(element)):
            found += bool("".join(element.itertext()).strip())
            element.text = None
            for child in list(element):
                element.remove(child)
        else:
            found += bool("".join(blank_unseen(element)).strip())
    return found


def blank_unseen(element: Element) -> Iterator[str]:
    """Take out the letters that an element draws so that nobody sees them, as far as no part of it draws them
    otherwise; yield them.
    """
    for hidden_by in hides_letters(element, declarations(element)):
        waiting = [element]
        while waiting:
            one = waiting.pop()
            yield one.text or ""
            one.text = None
            for child in one:
                yield child.tail or ""
                child.tail = " " if child.tail else None
                if isinstance(child.tag, str) and not undoes(child, hidden_by):
                    waiting.append(child)


def hides_all(said: Mapping[str, str]) -> bool:
    """Tell whether an element is not seen with all that is in it."""
    if said.get("display") == "none" or _number(said.get("opacity", "1")) < _FAINT:
        return True
    if _cuts_off(said):
        return True
    places = ("left", "right", "top", "bottom") if said.get("position", "static") != "static" else ()
    margins = ("margin-left", "margin-top", "text-indent")
    return any(_points(said.get(name, "")) <= _FAR for name in (*places, *margins))


def hides_letters(element: Element, said: Mapping[str, str]) -> Iterator[str]:
    """Yield the properties by which an element's letters are not seen; parts of it may undo each."""
    if said.get("visibility") in ("hidden", "collapse"):
        yield "visibility"
    if "font-size" in said and _points(said["font-size"]) < _TINY:
        yield "font-size"
    colour = _own_colour(element, said)
    if colour and (_CLEAR.search(colour) or _is_like_background(element, colour)):
        yield "color"


def undoes(element: Element, hidden_by: str) -> bool:
    """Tell whether an element in a hidden one says anew what hides it."""
    said = declarations(element)
    if hidden_by != "color":
        return hidden_by in said
    return bool(_own_colour(element, said)) or any(name.startswith("background") for name in said)


def _own_colour(element: Element, said: Mapping[str, str]) -> str:
    return said.get("color") or (str(element.get("color") or "") if element.tag == "font" else "")


def _cuts_off(said: Mapping[str, str]) -> bool:
    clip = said.get("clip", "")
    if clip.startswith("rect(") and len(set(re.findall(r"\d+", clip))) == 1:
        return True
    if re.fullmatch(r"inset\((?:[5-9]\d|100)%\)|circle\(0\w*\)", said.get("clip-path", "")):
        return True
    if _SHRUNK.search(transform := said.get("transform", "")) or any(
        float(amount) <= _FAR for amount in _MOVED.findall(transform)
    ):
        return True
    sizes = [_points(said[name]) for name in ("height", "width", "max-height", "max-width") if name in said]
    return "hidden" in said.get("overflow", "") and any(0 <= size < 1 for size in sizes)


def _points(size: str) -> float:
    found = _SIZE.match(size)
    return float(found[1]) * _POINTS.get((found[2] or "").lower(), 12.0) if found else 1000.0


def _number(value: str) -> float:
    found = _SIZE.match(value)
    return 1.0 if found is None else float(found[1]) / (100 if found[2] == "%" else 1)


def _colour(value: str) -> Colour | None:
    """Return red, green and blue; None where it is not known."""
    if (found := _HEX.search(value)) is not None:
        digits = found[1] if len(found[1]) > 4 else "".join(digit * 2 for digit in found[1])
        if len(digits) in (6, 8):
            return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)
    if (found := _RGB.search(value)) is not None:
        parts = [
            _number(part) * (255 if "%" in part else 1) for part in re.split(r"[\s,/]+", found[1].strip())
        ]
        return (int(parts[0]), int(parts[1]), int(parts[2])) if len(parts) >= len(_PAPER) else None
    return _NAMED.get(value.strip().lower())


def _is_like_background(element: Element, colour: str) -> bool:
    own, behind = _colour(colour), _background(element)
    return (
        own is not None
        and behind is not None
        and all(abs(one - other) < _ALIKE for one, other in zip(own, behind, strict=True))
    )


def _background(element: Element) -> Colour | None:
    """Return the colour behind an element: white where none is said, None where it is a picture or not
    known.
    """
    for above in (element, *element.iterancestors()):
        said = declarations(above)
        for value in (said.get("background-color"), said.get("background"), above.get("bgcolor")):
            if value and value not in ("none", "transparent", "inherit", "initial"):
                return _colour(value)
        if "background-image" in said or above.get("background"):
            return None
    return _PAPER

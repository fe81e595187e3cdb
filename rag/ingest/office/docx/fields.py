"""Fields and controls of Word: boxes ticked or not, entries chosen, dates picked. Their state is no text of
its own, but it is shown.
"""

from __future__ import annotations

import re

from rag.ingest.office.docx.names import W14, Element, is_on, value, w

TICKED, EMPTY_BOX = "☒", "☐"
_BUTTON = re.compile(r"\s*MACROBUTTON\s+\S+\s+(.*)", re.DOTALL | re.IGNORECASE)
_TEXT_HELD = re.compile(
    r"\s*(?:QUOTE|DOCPROPERTY|DOCVARIABLE|MERGEFIELD|FILLIN|ASK|SET|REF|IF|=)(?![A-Z])", re.IGNORECASE
)
_ON = ("1", "true", "on")


def entered(field: Element) -> str | None:
    """Return what a field of a form shows without writing it as text: its box, or the entry of its list; None
    for other fields.
    """
    data = field.find(w("ffData"))
    if data is None:
        return None
    if (box := data.find(w("checkBox"))) is not None:
        checked = is_on(box, "checked")
        return TICKED if (is_on(box, "default") if checked is None else checked) else EMPTY_BOX
    if (options := data.find(w("ddList"))) is None:
        return None
    entries = [str(entry.get(w("val"), "")) for entry in options.findall(w("listEntry"))]
    chosen = value(options, "result") or value(options, "default") or "0"
    return entries[int(chosen)] if chosen.isdecimal() and int(chosen) < len(entries) else ""


def button(instruction: str) -> str:
    """Return the text that a field shows out of its own instruction, as a button does."""
    found = _BUTTON.fullmatch(instruction)
    return found[1].strip() if found else ""


def holds_text(instruction: str) -> bool:
    """Tell whether a field would show text of its own or of another place, had it been computed."""
    return bool(_TEXT_HELD.match(instruction))


def box_of(control: Element) -> str | None:
    """Return the box of a content control by its state, None where it is no box."""
    properties = control.find(w("sdtPr"))
    box = properties.find(f"{W14}checkbox") if properties is not None else None
    if box is None:
        return None
    state = box.find(f"{W14}checked")
    return TICKED if state is not None and state.get(f"{W14}val", "1") in _ON else EMPTY_BOX


def is_prompt(control: Element) -> bool:
    """Tell whether a control shows only what should be filled in."""
    properties = control.find(w("sdtPr"))
    return properties is not None and bool(is_on(properties, "showingPlcHdr"))


def chosen(control: Element) -> str:
    """Return the entry or the date that a control holds beside its text, for the few programs that write no
    text.
    """
    properties = control.find(w("sdtPr"))
    if properties is None:
        return ""
    for child in properties:
        if child.tag in (w("dropDownList"), w("comboBox")):
            last = str(child.get(w("lastValue"), ""))
            entries = {str(item.get(w("value"))): str(item.get(w("displayText"), "")) for item in child}
            return entries.get(last) or last
        if child.tag == w("date"):
            return str(child.get(w("fullDate"), "")).partition("T")[0]
    return ""

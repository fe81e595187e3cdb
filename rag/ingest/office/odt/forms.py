"""Controls of forms in OpenDocument text: boxes, entries chosen, fields filled in. Their state stands apart
from the page.
"""

from __future__ import annotations

from collections.abc import Iterator

from rag.ingest.office.odt.styles import attribute
from rag.ingest.parsing.xml_tree import Element
from rag.ingest.parsing.xml_tree import name_of as tag_of

_TICKED, _EMPTY_BOX = "☒", "☐"
_BOXES = ("checkbox", "radio")
_LISTS = ("listbox", "combobox")
_VALUES = ("current-value", "value", "date-value", "time-value", "string-value")
_NO_TEXT = frozenset(
    "form connection-resource properties property hidden generic-control image image-frame "
    "password file".split()
)


class Forms:
    """The controls of a document, by their id."""

    def __init__(self, root: Element) -> None:
        forms = [element for element in root.iter() if tag_of(element) == "forms"]
        controls = [control for form in forms for control in form.iter() if attribute(control, "id")]
        self._controls = {attribute(control, "id"): control for control in controls}
        self._shown: set[str] = set()

    def shown(self, control_id: str) -> str:
        """Return what a control shows where it is drawn."""
        self._shown.add(control_id)
        control = self._controls.get(control_id)
        return "" if control is None else _said(control)

    def others(self) -> Iterator[str]:
        """Yield what controls say that were drawn nowhere."""
        return (
            said
            for key, control in self._controls.items()
            if key not in self._shown and (said := _said(control))
        )


def _said(control: Element) -> str:
    kind, label = tag_of(control), attribute(control, "label")
    if kind in _BOXES:
        on = (
            attribute(control, "current-state")
            or attribute(control, "state")
            or attribute(control, "current-selected")
        )
        return (
            f"{_TICKED if (on or attribute(control, 'selected')) in ('checked', 'true') else _EMPTY_BOX}"
            f" {label}".strip()
        )
    if kind in _LISTS and (entries := list(_chosen(control))):
        return " ; ".join(entries)
    if kind in _NO_TEXT or kind is None:
        return ""
    written = next((found for name in _VALUES if (found := attribute(control, name))), "")
    return written or " ".join("".join(control.itertext()).split()) or label


def _chosen(control: Element) -> Iterator[str]:
    for entry in control:
        if "true" in (attribute(entry, "current-selected"), attribute(entry, "selected")) and tag_of(
            entry
        ) in ("option", "item"):
            yield attribute(entry, "label") or attribute(entry, "value")


def fieldmark(mark: Element) -> str:
    """Return what a field shows that came from Word: its box or the entry chosen, empty for other fields."""
    kind = attribute(mark, "type").rpartition(".")[2]
    said = {attribute(child, "name"): attribute(child, "value") for child in mark if tag_of(child) == "param"}
    if kind in ("FORMCHECKBOX", "Checkbox"):
        return _TICKED if said.get("Checkbox_Checked", "").lower() in ("true", "1") else _EMPTY_BOX
    if kind in ("FORMDROPDOWN", "DropDown"):
        entries = [
            attribute(child, "value")
            for child in mark
            if attribute(child, "name") in ("Dropdown_ListEntry", "ListEntry")
        ]
        chosen = said.get("Dropdown_Selected", said.get("Dropdown_Result", "0"))
        return entries[int(chosen)] if chosen.isdecimal() and int(chosen) < len(entries) else ""
    return ""

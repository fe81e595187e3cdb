"""Which LOINC codes are vital signs and which are of ways of life, so that their values become facts of the
right kind.
"""

from __future__ import annotations

from collections.abc import Iterable

from rag.core.codes import Code
from rag.core.facts import FactKind

_VITAL = frozenset(
    (
        "8867-4 8480-6 8462-4 85354-9 55284-4 9279-1 8310-5 8331-1 8328-7 8332-9 2708-6 59408-5 29463-7"
        " 3141-9 3142-7 8302-2 8306-3 8308-9 39156-5 8287-5 9843-4 8478-0 72514-3 38208-5 3151-8 3150-6"
        " 8716-3 59576-9 77606-2 8289-1 59453-1"
    ).split()
)
_LIFESTYLE = frozenset(
    (
        "72166-2 11366-2 11367-0 8663-7 8664-5 63773-6 63640-7 67741-9 11331-6 74013-4 11330-8 74205-6"
        " 11343-1 11342-3 68516-4 68518-0 68519-8 80943-6 81228-1 77592-4 68515-6 63586-2 76690-7 74204-9"
        " 82589-3 88121-9 88122-7 93025-5 71802-3 56799-0 76689-9"
    ).split()
)


def kind_of_value(codes: Iterable[Code], *, is_vital: bool = False, is_lifestyle: bool = False) -> FactKind:
    """Return the kind of fact that an observation states, by its codes or by the category that its source
    gives it.
    """
    loinc = {code.code for code in codes if code.system == "loinc"}
    if loinc & _LIFESTYLE or is_lifestyle:
        return "lifestyle"
    return "vital" if loinc & _VITAL or is_vital else "lab"

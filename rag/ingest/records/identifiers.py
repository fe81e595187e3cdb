"""What identifies a patient in a record: a value, its type, who assigned it, and whether it fits what it
claims to be.

The French national identity (INS) is a NIR or NIA of 13 characters and its key of two digits (97 less the
number modulo 97), assigned under one of the OIDs of the national agency. A number of the house (IPP) is one
whose assigning authority the settings name. What does not fit its claim may still name the record that it
came with, for want of better, but it never links two patients.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Literal

from rag.core.times import bounds
from rag.settings import IngestSettings
from rag.store.identity.claims import IdentityClaim

INS_ROOTS = frozenset(f"1.2.250.1.213.1.4.{arc}" for arc in (8, 9, 10, 11))
"""INS from the NIR, from the NIA (while the NIR is awaited), of tests, of demonstrations."""
SOCIAL_SECURITY_ROOTS = frozenset({"2.16.840.1.113883.4.1"})
_INS_NAMESPACE = "ASIP-SANTE-INS-"
_INS_TYPES = frozenset({"INS", "INS-NIR", "INS-NIA", "INS-NIR-TEST", "INS-NIR-DEMO", "INS-C"})
_LOCAL_TYPES = ("PI", "MR")
_STAY_TYPES = frozenset({"VN", "AN", "ANON", "ACSN", "PLAC", "FILL"})
"""Numbers of a stay, an account or an order: they never name a patient."""
_INS = re.compile(r"[1-8]\d{2}(?:0[1-9]|1[0-2]|[2-9]\d)(?:\d{2}|2[AB])\d{6}(\d{2})")
"""Sex, year, month (20 and above: unknown or foreign), department, commune, order, key."""
_CORSICA = {"2A": "19", "2B": "18"}
_LONGEST = 200
_STANDINGS = {"secondary": 1, "temp": 2}
_USES = ("official", "usual", "")

Nature = Literal["local", "national", "foreign", "other", "unfit"]
_CLASSES: dict[Nature, int] = {"local": 0, "national": 1, "foreign": 2, "other": 3, "unfit": 4}


def has_ins_key(number: str) -> bool:
    """Tell whether a matricule INS has the shape of one and the key that its number asks for."""
    found = _INS.fullmatch(number)
    if found is None:
        return False
    digits = number[:5] + _CORSICA.get(number[5:7], number[5:7]) + number[7:13]
    return int(found[1]) == 97 - int(digits) % 97


@dataclass(frozen=True, slots=True)
class Identifier:
    """One identifier as a record writes it.

    Attributes:
        value: as written, without outer space.
        type: its code of table 0203 (PI, MR, INS-NIR…), empty where none is given.
        authorities: who assigned it, by OID, address or name; several names of one authority.
        use: as FHIR codes it; ``old`` never counts.
        is_current: whether its period of validity holds at the time of the record.
    """

    value: str
    type: str = ""
    authorities: tuple[str, ...] = ()
    use: str = ""
    is_current: bool = True

    @property
    def is_plain(self) -> bool:
        """Tell whether it is there, and of printable characters in a reasonable number: it is shown on
        terminals, and stored as an id.
        """
        texts = (self.value, self.type, *self.authorities)
        return bool(self.value) and all(text.isprintable() and len(text) <= _LONGEST for text in texts)

    @property
    def authority(self) -> str:
        """Return the name of its authority that says most, an OID before a name; empty where none is
        given.
        """
        return max(self.authorities, key=lambda name: name[:1].isdigit() or ":" in name, default="")

    @property
    def claims_national(self) -> bool:
        """Tell whether it presents itself as a national identity, rightly or not."""
        return self._is_of_the_agency or self.type.upper() in _INS_TYPES

    @property
    def _is_of_the_agency(self) -> bool:
        return self.authority in INS_ROOTS or self.authority.upper().startswith(_INS_NAMESPACE)

    @property
    def plain(self) -> str:
        """Return the value as it is stored: a national identity without the spaces that group its digits."""
        return re.sub(r"[\s.]", "", self.value).upper() if self.claims_national else self.value

    @property
    def is_national(self) -> bool:
        """Tell whether it is a national identity: assigned by the agency, of the right shape, with the right
        key.
        """
        return self._is_of_the_agency and has_ins_key(self.plain)


@dataclass(frozen=True)
class House:
    """The establishment: who assigns its patients' numbers, and the shape of these. Where no authority is
    named, any is believed.
    """

    authorities: frozenset[str] = frozenset()
    shape: str = ""

    @classmethod
    def of(cls, settings: IngestSettings) -> House:
        """Return what the settings say of the establishment."""
        return cls(frozenset(map(plain_authority, settings.number_authorities)), settings.number_shape or "")

    @cached_property
    def _shape(self) -> re.Pattern[str] | None:
        return re.compile(self.shape) if self.shape else None

    def nature(self, identifier: Identifier) -> Nature:
        """Return what an identifier is here, all its claims considered."""
        if identifier.claims_national:
            return "national" if identifier.is_national else "unfit"
        kind = identifier.type.upper()
        if kind not in (*_LOCAL_TYPES, "") and not self.is_ours(identifier):
            return "other"
        if self.authorities and identifier.authorities and not self.is_ours(identifier):
            return "foreign"
        return "local" if self._shape is None or self._shape.fullmatch(identifier.value) else "unfit"

    def is_ours(self, identifier: Identifier) -> bool:
        """Tell whether one of the establishment's own authorities assigned it."""
        return any(name.casefold() in self.authorities for name in identifier.authorities)

    def patient_id(self, identifier: Identifier) -> str:
        """Return the id that documents of this patient carry; another house's number is told apart by its
        authority.
        """
        foreign = self.nature(identifier) == "foreign"
        return f"{identifier.plain}@{identifier.authority}" if foreign else identifier.plain


@dataclass(frozen=True, slots=True)
class PatientIdentity:
    """Who a record says its patient is.

    ``patient_id`` is by the identifier that counts, empty where none does; ``claims`` are the others that fit
    what they claim to be; ``national`` is the national identity as written, right or wrong.
    """

    patient_id: str = ""
    national: str = ""
    claims: tuple[IdentityClaim, ...] = ()


def identify(identifiers: Iterable[Identifier], house: House, *, typed_only: bool = False) -> PatientIdentity:
    """Choose the identifier that counts, by nature, standing, type, use and place; expired and former ones
    never do.

    Args:
        identifiers: in the order of the record. house: whose numbers come first. typed_only: leave out those
        that neither a type nor an authority of the house makes a patient's number.
    """
    usable = [
        one
        for one in identifiers
        if one.is_plain and one.use != "old" and one.is_current and one.type.upper() not in _STAY_TYPES
    ]
    ranked = sorted(
        (_rank(one, house), place)
        for place, one in enumerate(usable)
        if not typed_only or _is_typed(one, house)
    )
    national = next((one.plain for one in usable if one.claims_national), "")
    if not ranked:
        return PatientIdentity("", national)
    first = usable[ranked[0][1]]
    others = (one for one in usable if one is not first)
    found = dict.fromkeys(claim for one in others if (claim := _claim(one, first, house)))
    chosen = house.patient_id(first)
    return PatientIdentity(chosen, national, tuple(claim for claim in found if claim.value != chosen))


def is_current(start: str | None, end: str | None, now: str) -> bool:
    """Tell whether a period (ISO 8601 of any precision, open where None) holds at a moment."""
    at = bounds(now)
    return (start is None or bounds(start)[0] <= at[1]) and (end is None or bounds(end)[1] >= at[0])


def this_moment() -> str:
    """Return this instant as ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def plain_authority(name: str) -> str:
    """Return the name of an authority as it is compared: without ``urn:oid:``, in small letters."""
    return name.strip().removeprefix("urn:oid:").casefold()


def _rank(one: Identifier, house: House) -> tuple[int, int, int, int]:
    kind, nature = one.type.upper(), house.nature(one)
    by_type = (
        0
        if house.authorities and house.is_ours(one)
        else 1 + (_LOCAL_TYPES.index(kind) if kind in _LOCAL_TYPES else 2)
    )
    last = 1 if SOCIAL_SECURITY_ROOTS.intersection(one.authorities) else 0
    return (
        _CLASSES[nature] + 10 * last,
        _STANDINGS.get(one.use, 0),
        by_type,
        _USES.index(one.use) if one.use in _USES else len(_USES),
    )


def _is_typed(one: Identifier, house: House) -> bool:
    return one.claims_national or one.type.upper() in _LOCAL_TYPES or house.is_ours(one)


def _claim(one: Identifier, first: Identifier, house: House) -> IdentityClaim | None:
    """Return what a further identifier says, None where it does not fit: a number counts only from the
    authority of the first, or ours.
    """
    nature = house.nature(one)
    if nature == "national":
        return IdentityClaim("national", one.plain, one.authority)
    is_number = nature == "local" and (one.type.upper() in _LOCAL_TYPES or house.is_ours(one))
    same = (
        house.is_ours(one)
        if house.authorities
        else plain_authority(one.authority) == plain_authority(first.authority)
    )
    return IdentityClaim("local", one.plain, one.authority) if is_number and same else None

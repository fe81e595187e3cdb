"""The French public drug database (BDPM) as substances and brands.

Files ``CIS_bdpm.txt`` (specialities) and ``CIS_COMPO_bdpm.txt`` (their substances), tab-separated, Latin-1,
gzipped or not. Only names are read: homeopathy, plants, allergens and strains of vaccines are left out.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_SALT = re.compile(
    r"^(?:(?:MONO|DI|TRI|HEMI|HÉMI|BI)?(?:[A-ZÉÈÊ]+(?:ATE|URE|IDE)|[A-ZÉ]+HYDRATE)) (?:ACIDE |BASIQUE )?(?:DE"
    r" |D')(?=[A-ZÉÈÎÏ])"
)
_STAYS = re.compile(
    r"(?:SODIUM|POTASSIUM|CALCIUM|MAGNÉSIUM|ZINC|ALUMINIUM|AMMONIUM|FER|CUIVRE|ARGENT|STRONTIUM|BISMUTH|LITHIUM|BARYUM)\b"
)
_HYDRATE = r"(?:MONO|DI|TRI|TÉTRA|HÉMI|SESQUI|PENTA|HEXA|HEPTA|HÉMIPENTA|DÉCA|DODÉCA)*HYDRATÉE?"
_BASE = (
    r"SODIQUE|DISODIQUE|MONOSODIQUE|POTASSIQUE|CALCIQUE|MAGNÉSIQUE|BASE|ANHYDRE|MICRONISÉE?|RACÉMIQUE|"
    r"ARGININE|TERT-BUTYLAMINE"
)
_STATE = re.compile(
    rf"\s(?:{_HYDRATE}|{_BASE}|CILEXÉTIL|MÉDOXOMIL|PROXÉTIL|AXÉTIL|MOFÉTIL|DISOPROXIL|ALAFÉNAMIDE|ÉTEXILATE)\b.*$"
)
_NO_DRUG = re.compile(
    r"HOMÉOP|VIRUS|SOUCHE|ANTIG[EÈ]NE|ANATOXINE|POLYOSIDE|ALLERG|EXTRAIT|HUILE|ESSENCE|POUDRE|TEINTURE|FEUILLE|RACINE|PLANTE|PROT[EÉ]INE|"
    r"STREPTOCOCCUS|HAEMOPHILUS|NEISSERIA|TRISODIQUE|\[|\d{2}|SÉROTYPE|POUR CENT"
)
_DOSE = re.compile(
    r"\s*(?:\d|,|\bCHLORURE\b|\bSANS\b|\bPOUR\b|\bENFANTS?\b|\bADULTES?\b|\bNOURRISSONS?\b|L\.?P\.?(?:\s|$)|\bFORTE?\b).*$"
)


@dataclass(frozen=True, slots=True)
class Speciality:
    """A drug as sold: its brand and the substances in it, in capitals as the database writes them."""

    brand: str
    substances: tuple[str, ...]
    is_vaccine: bool


def specialities(folder: Path) -> Iterator[Speciality]:
    """Yield the specialities of the database."""
    composition = _composition(folder)
    for line in _lines(folder, "CIS_bdpm"):
        cells = line.split("\t")
        rows = composition.get(cells[0], [])
        moieties = {link for _, nature, link in rows if nature == "FT"}
        told = [name for name, nature, link in rows if nature == "FT" or link not in moieties]
        names = tuple(sorted({name for name in map(substance_name, told) if name}))
        is_vaccine = any(re.search(r"VIRUS|ANTIG|ANATOXINE|POLYOSIDE", name) for name, _, _ in rows)
        yield Speciality(_brand(cells[1]), names, is_vaccine)


def substance_name(written: str) -> str | None:
    """Return a substance without its salt and state of hydration, None for what is no substance of a drug."""
    name = re.sub(r"\s+", " ", written.strip().upper())
    acid = re.fullmatch(r"(.+?) \(ACIDE\)(?: .*)?", name)
    if acid:
        name = f"ACIDE {acid[1]}"
    name = re.sub(r"\s*\(.*", "", name)
    if _NO_DRUG.search(name):
        return None
    bare = _SALT.sub("", name)
    if not _STAYS.match(bare):
        name = bare
    name = _STATE.sub("", name).strip(" ,")
    return name if 4 <= len(name) <= 40 and len(name.split()) <= 3 and "," not in name else None


def _brand(denomination: str) -> str:
    name = _DOSE.sub("", denomination.strip().upper().split(",")[0])
    return re.sub(r"\s+", " ", name).strip(" -/")


def _composition(folder: Path) -> Mapping[str, list[tuple[str, str, str]]]:
    found: dict[str, list[tuple[str, str, str]]] = {}
    for line in _lines(folder, "CIS_COMPO_bdpm"):
        cells = line.split("\t")
        found.setdefault(cells[0], []).append((cells[3], cells[6], cells[7]))
    return found


def _lines(folder: Path, name: str) -> Iterator[str]:
    packed = folder / f"{name}.txt.gz"
    content = (
        gzip.decompress(packed.read_bytes()) if packed.exists() else (folder / f"{name}.txt").read_bytes()
    )
    yield from content.decode("latin-1").splitlines()

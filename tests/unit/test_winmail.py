"""``winmail.dat``: text, RTF and HTML of the mail that Outlook wrapped, its attachments, a mail within."""

from __future__ import annotations

import base64
import struct
from pathlib import Path

import pytest

from rag.ingest.plain.tnef import DamagedTnef, unpacked_rtf
from tests.golden import everything

SIGNATURE = b"\x78\x9f\x3e\x22"
PACKED = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
)
"""The example of [MS-OXRTFCP] 3.1.1."""


def attribute(identity: int, data: bytes, level: int = 1) -> bytes:
    return struct.pack("<BII", level, identity, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def properties(*held: tuple[int, int, bytes]) -> bytes:
    """Return a list of properties with one value each: kind, number, bytes."""
    parts = [struct.pack("<I", len(held))]
    for kind, number, data in held:
        parts.append(struct.pack("<HH", kind, number))
        sized = kind in (0x1E, 0x1F, 0x102, 0x0D)
        parts.append(struct.pack("<II", 1, len(data)) if sized else b"")
        parts.append(data + b"\0" * (-len(data) % 4))
    return b"".join(parts)


def tnef(*attributes: bytes) -> bytes:
    return SIGNATURE + b"\x01\x00" + b"".join(attributes)


def attached(name: str, data: bytes) -> bytes:
    titled = properties((0x1F, 0x3707, f"{name}\0".encode("utf-16-le")))
    return (
        attribute(0x69002, b"\0" * 14, 2)
        + attribute(0x18010, b"COURT~1.TXT\0", 2)
        + attribute(0x6800F, data, 2)
        + attribute(0x69005, titled, 2)
    )


def read(folder: Path, data: bytes) -> tuple[list[str], list[str]]:
    path = folder / "winmail.dat"
    path.write_bytes(data)
    documents, errors, _ = everything(path)
    return [document.text for document in documents], [error.key for error in errors]


def test_the_packed_rtf_of_the_specification_is_read() -> None:
    assert unpacked_rtf(PACKED) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"


def test_text_and_attachments_are_read(tmp_path: Path) -> None:
    page = attribute(0x69007, struct.pack("<II", 1252, 0))
    body = attribute(0x2800C, "Œdème du pied gauche.\0".encode("cp1252"))
    texts, errors = read(tmp_path, tnef(page, body, attached("échographie.txt", "FE à 45 %.".encode())))
    assert errors == []
    assert texts == ["Œdème du pied gauche.", "FE à 45 %."]


def test_an_rtf_body_and_the_subject_are_read(tmp_path: Path) -> None:
    held = properties((0x1F, 0x37, "Résultat\0".encode("utf-16-le")), (0x102, 0x1009, PACKED))
    texts, errors = read(tmp_path, tnef(attribute(0x69003, held)))
    assert (texts, errors) == (["Subject: Résultat\n\nhello world"], [])


def test_what_only_the_html_writing_says_is_kept(tmp_path: Path) -> None:
    html = "<html><body><p>Biopsie : adénocarcinome, grade 2.</p></body></html>".encode()
    held = properties((0x1E, 0x1000, b"Voir la version HTML.\0"), (0x102, 0x1013, html))
    (text,), _ = read(tmp_path, tnef(attribute(0x69003, held)))
    assert "adénocarcinome" in text
    assert "Voir la version" in text


def test_a_mail_within_is_read(tmp_path: Path) -> None:
    inner = tnef(attribute(0x2800C, b"Texte du courriel joint.\0"))
    held = properties((0x0D, 0x3701, b"\0" * 16 + inner))
    data = tnef(attribute(0x69002, b"\0" * 14, 2), attribute(0x69005, held, 2))
    assert read(tmp_path, data) == (["Texte du courriel joint."], [])


def test_one_in_a_mail_is_linked_to_it(tmp_path: Path) -> None:
    packed = base64.encodebytes(tnef(attached("cr.txt", b"Nodule de 8 mm.")))
    head = b"From: a@x.example\r\nDate: Tue, 10 Mar 2026 09:30:00 +0100\r\nMIME-Version: 1.0\r\n"
    kind = (
        b'Content-Type: application/ms-tnef; name="winmail.dat"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    )
    path = tmp_path / "mail.eml"
    path.write_bytes(head + kind + packed)
    documents, errors, _ = everything(path)
    assert not errors
    assert [document.text for document in documents] == ["Nodule de 8 mm."]
    assert any(link.relation == "attached_to" for link in documents[0].links)


@pytest.mark.parametrize("size", [9, 12, 15, 20, 40])
def test_what_is_cut_short_fails(tmp_path: Path, size: int) -> None:
    texts, errors = read(tmp_path, tnef(attribute(0x2800C, b"Texte assez long pour la coupe."))[:size])
    assert texts == []
    assert errors == ["tnef_damaged"]


def test_lengths_that_lie_are_refused() -> None:
    for data in (b"", b"\0" * 16, PACKED[:8] + b"XXXX" + PACKED[12:]):
        with pytest.raises(DamagedTnef):
            unpacked_rtf(data)

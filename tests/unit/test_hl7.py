"""HL7 v2: framing, encodings and escapes as declared; every message to the patient it names; what is wrong is
named, the rest goes on.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path

import pytest

from rag.core.errors import ParseError
from rag.core.types import Document
from rag.ingest.hl7v2.framing import Announced, Raw, split_messages
from rag.ingest.hl7v2.message import Delimiters, unescaped
from tests.golden import everything

PID = "PID|1||P1^^^H^PI||NOM^Prénom||19500101|F"


def msh(kind: str = "ORU^R01", control: str = "1", charset: str = "UNICODE UTF-8") -> str:
    return f"MSH|^~\\&|A|B|C|D|20260301080000||{kind}|{control}|P|2.5|||||FRA|{charset}|fr"


def message(*segments: str, **head: str) -> str:
    return "\r".join([msh(**head), *segments]) + "\r"


def text_result(text: str = "Rien à signaler.", name: str = "Conclusion") -> tuple[str, str]:
    return "OBR|1||L1|X^Scanner^L|||20260301070000", f"OBX|1|TX|C^{name}^L||{text}||||||F"


def read(folder: Path, content: str | bytes) -> tuple[list[Document], list[ParseError], list[ParseError]]:
    path = folder / "flux.hl7"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return everything(path)


def keys(problems: Sequence[ParseError]) -> list[str]:
    return [problem.key for problem in problems]


@pytest.mark.parametrize("ends", ["\r", "\n", "\r\n"])
def test_segments_end_by_any_line_end(tmp_path: Path, ends: str) -> None:
    (document,), errors, warnings = read(tmp_path, message(PID, *text_result()).replace("\r", ends))
    assert (document.patient_id, document.title, errors, warnings) == ("P1", "Scanner", [], [])
    assert document.text.endswith("Conclusion\n\nRien à signaler.")


def test_frames_and_batches_are_cut_into_messages() -> None:
    one, two = b"MSH|^~\\&|1\rPID|1\r", b"MSH|^~\\&|2\r"
    assert [len(raw.segments) for raw in split_messages(one + two) if isinstance(raw, Raw)] == [2, 1]
    framed = b"\x0b" + one + b"\x1c\r\x0b" + two
    assert [(raw.number, raw.is_whole) for raw in split_messages(framed) if isinstance(raw, Raw)] == [
        (1, True),
        (2, False),
    ]
    batch = b"FHS|^~\\&\rBHS|^~\\&\r" + one + two + b"BTS|3\rFTS|1\r"
    assert [raw for raw in split_messages(batch) if isinstance(raw, Announced)] == [Announced(3, 2)]


def test_a_raw_line_end_inside_a_text_stays_with_it(tmp_path: Path) -> None:
    (document,), _, _ = read(tmp_path, message(PID, *text_result("Première ligne\nseconde ligne")))
    assert document.text.endswith("Première ligne\nseconde ligne")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f", "a|b^c&d~e\\f"),
        ("un\\.br\\deux", "un\ndeux"),
        ("\\H\\gras\\N\\", "gras"),
        ("\\XC3A9\\t\\X0D0A\\e", "ét\ne"),
        ("10\\Zxx\\0", "100"),
        ("C:\\dossier", "C:\\dossier"),
        ("50\\%\\", "50\\%\\"),
    ],
)
def test_escape_sequences_are_undone_and_other_backslashes_stay(written: str, meant: str) -> None:
    assert unescaped(written, Delimiters()) == meant


@pytest.mark.parametrize(
    ("declared", "used", "warned"),
    [
        ("8859/1", "latin-1", []),
        ("8859/15", "iso8859-15", []),
        ("UNICODE UTF-8", "utf-8", []),
        ("", "cp1252", []),
        ("8859/1", "utf-8", ["hl7_encoding"]),
        ("UNICODE UTF-8", "cp1252", ["hl7_encoding"]),
        ("ASCII", "utf-8", ["hl7_encoding"]),
    ],
)
def test_text_is_decoded_as_declared_or_as_it_is_with_a_warning(
    tmp_path: Path, declared: str, used: str, warned: list[str]
) -> None:
    said = (
        "Œdème du côté opéré"
        if used == "iso8859-15"
        else "Œdème à l'étage opéré"
        if used != "latin-1"
        else "Hématome à l'étage opéré"
    )
    (document,), _, warnings = read(tmp_path, message(PID, *text_result(said), charset=declared).encode(used))
    assert document.text.endswith(said)
    assert keys(warnings) == warned


def test_an_unknown_encoding_is_refused_by_name(tmp_path: Path) -> None:
    documents, errors, _ = read(
        tmp_path, message(PID, *text_result(), charset="KLINGON") + message(PID, *text_result(), control="2")
    )
    assert (keys(errors), len(documents)) == (["hl7_unknown_encoding"], 1)


def test_other_delimiters_are_taken_from_the_header(tmp_path: Path) -> None:
    other = message(PID, *text_result()).replace("^~\\&", "@*!#").replace("|", "%").replace("^", "@")
    (document,), _, _ = read(tmp_path, other)
    assert (document.patient_id, document.title) == ("P1", "Scanner")


def test_what_is_wrong_with_one_message_does_not_touch_the_others(tmp_path: Path) -> None:
    content = "".join(
        (
            message("PID|1||", *text_result(), control="1"),
            "MSH|^~\\&|A\rPID|1||P1\r",
            message(PID, *text_result(), control="2", kind="QBP^Q11"),
            message(*text_result(), control="3"),
            message(PID, *text_result(), control="4"),
        )
    )
    documents, errors, warnings = read(tmp_path, content)
    assert keys(errors) == ["hl7_no_patient", "hl7_bad_header", "hl7_no_patient"]
    assert keys(warnings) == ["aside_messages"]
    assert [document.text.splitlines()[-1] for document in documents] == ["Rien à signaler."]


def test_a_control_id_that_comes_twice(tmp_path: Path) -> None:
    first, other = message(PID, *text_result()), message(PID, *text_result("Autre texte."))
    documents, _, warnings = read(tmp_path, first + first + other.replace("|L1|", "|L2|"))
    assert keys(warnings) == ["hl7_message_twice", "hl7_control_id_twice"]
    assert len(documents) == 2


def test_a_truncated_frame_is_refused(tmp_path: Path) -> None:
    whole = message(PID, *text_result())
    documents, errors, _ = read(tmp_path, f"\x0b{whole}\x1c\r\x0b{whole[:120]}")
    assert (len(documents), keys(errors)) == (1, ["hl7_truncated"])


def test_two_patients_of_one_message_stay_apart(tmp_path: Path) -> None:
    other = PID.replace("P1", "P2")
    documents, _, _ = read(
        tmp_path, message(PID, *text_result("Texte un."), other, *text_result("Texte deux."))
    )
    assert [(document.patient_id, document.text.splitlines()[-1]) for document in documents] == [
        ("P1", "Texte un."),
        ("P2", "Texte deux."),
    ]


def test_withdrawn_results_are_left_out_and_reported(tmp_path: Path) -> None:
    values = [
        "OBR|1||L|IONO^Ionogramme^L",
        "OBX|1|NM|K^Potassium^L||9.9|mmol/L|||||W",
        "OBX|2|NM|NA^Sodium^L||139|mmol/L|136-145||||C",
    ]
    (document,), _, warnings = read(tmp_path, message(PID, *values))
    assert keys(warnings) == ["aside_in_error"]
    assert "9.9" not in document.text
    assert "| Sodium | 139 mmol/L | 136-145 mmol/L | corrigé |" in document.text


def test_a_date_in_the_future_is_not_believed(tmp_path: Path) -> None:
    (document,), _, warnings = read(
        tmp_path, message(PID, "OBR|1||L|X^Scanner^L|||29990101", text_result()[1])
    )
    assert (document.authored_at, keys(warnings)) == (None, ["record_future_date"])


def test_an_embedded_document_is_read_and_linked(tmp_path: Path) -> None:
    data = base64.b64encode("Lettre au médecin.".encode()).decode()
    embedded = f"OBX|2|ED|D^Lettre^L||A^TEXT^plain^Base64^{data}||||||F"
    documents, _, _ = read(tmp_path, message(PID, *text_result(), embedded))
    assert [document.text.splitlines()[-1] for document in documents] == [
        "Rien à signaler.",
        "Lettre au médecin.",
    ]
    assert [link.relation for document in documents for link in document.links] == [
        "attachment",
        "attached_to",
    ]


def test_an_embedded_document_that_cannot_be_read_is_reported(tmp_path: Path) -> None:
    bad = "OBX|2|ED|D^Lettre^L||A^AP^PDF^Base64^@@@||||||F", "OBX|3|RP|D^Lettre^L||http://ailleurs/1||||||F"
    documents, _, warnings = read(tmp_path, message(PID, *text_result(), *bad))
    assert (len(documents), keys(warnings)) == (1, ["attachment_not_base64", "attachment_elsewhere"])


TXA = "TXA|1|11504-8^Compte rendu opératoire^LN|TX|20260301070000||||||||{number}|{parent}||||AU"


def mdm(event: str, number: str, parent: str = "", text: str = "Geste sans incident.") -> str:
    return message(
        PID,
        TXA.format(number=number, parent=parent),
        text_result(text)[1],
        kind=f"MDM^{event}",
        control=event + number,
    )


def test_a_replaced_or_cancelled_document_is_left_out_and_reported(tmp_path: Path) -> None:
    content = (
        mdm("T02", "D1")
        + mdm("T10", "D2", "D1", "Version corrigée.")
        + mdm("T02", "D3")
        + mdm("T11", "D3")
        + mdm("T11", "D9")
    )
    (document, *withdrawn), _, warnings = read(tmp_path, content)
    assert document.text.endswith("Version corrigée.")
    assert (document.kind, document.metadata["replaces"]) == ("operative_report", "true")
    assert [one.metadata["replaces_record"] for one in withdrawn] == [
        "hl7-document/D3^A",
        "hl7-document/D9^A",
    ]
    assert keys(warnings) == ["aside_superseded", "aside_cancelled"]


def test_the_last_movement_of_a_stay_counts_and_a_cancelled_one_is_gone(tmp_path: Path) -> None:
    visit = "PV1|1|I|CHIR^1|||||||{service}|||||||||S{stay}|||||||||||||||||||||||||20260301"
    moves = [
        message(PID, visit.format(service="CHIRURGIE", stay=1), kind="ADT^A01", control="a"),
        message(PID, visit.format(service="REANIMATION", stay=1), kind="ADT^A02", control="b"),
        message(PID, visit.format(service="CARDIOLOGIE", stay=2), kind="ADT^A01", control="c"),
        message(PID, visit.format(service="CARDIOLOGIE", stay=2), kind="ADT^A11", control="d"),
    ]
    (document,), _, warnings = read(tmp_path, "".join(moves))
    assert (document.kind, document.encounter_id, "REANIMATION" in document.text) == ("encounter", "S1", True)
    assert keys(warnings) == ["aside_cancelled"]


def test_a_file_without_message_is_refused(tmp_path: Path) -> None:
    _, errors, _ = read(tmp_path, "FHS|^~\\&|A\rBHS|^~\\&|A\rBTS|0\rFTS|1\r")
    assert keys(errors) == ["hl7_no_message"]

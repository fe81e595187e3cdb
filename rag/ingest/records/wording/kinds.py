"""From the type of a document, as LOINC or a national list codes it, to the kind that Traboule filters by."""

from __future__ import annotations

import re

_BY_CODE = {
    "operative_report": "11504-8 8724-7",
    "procedure_report": "28570-0 18744-3 18745-0 18746-8 18751-8 18753-4 28018-0 75492-9 85208-7 11505-5",
    "anaesthesia_report": "77436-4 34749-2 59774-0",
    "imaging_report": "18748-4 18747-6 18756-7 18757-5 18759-1 18760-9 24627-2",
    "biology": (
        "11502-2 26436-6 96173-0 18717-9 18719-5 18720-3 18723-7 18725-2 18727-8 18728-6 57698-3 58410-2"
        " 51990-0 24323-8"
    ),
    "genetics_report": "51969-4 81247-9",
    "pathology_report": "11526-1 60567-5 60568-3",
    "discharge_letter": "18842-5 11490-0 28655-9 34105-7 18761-7",
    "consultation": "11488-4 34847-4 34099-2 34840-9 78513-9 34794-8 75496-0",
    "admission_note": "34117-2",
    "progress_note": "11506-3",
    "referral": "57133-1 57113-1 55115-0",
    "prescription": "57833-6 60593-1",
    "immunizations": "11369-6 87273-9 82593-5",
    "care_plan": "52521-2 18776-5 81334-5",
    "vital_signs": "29274-8 8716-3",
    "obstetrics_report": "57055-6 57057-2 57075-4 78489-2 89235-6",
    "certificate": "CERT_DECL 69409-1",
    "reimbursement": "REMB",
    "summary": "34133-9 60591-5 SYNTH 74207-2",
}
_KINDS = {code: kind for kind, codes in _BY_CODE.items() for code in codes.split()}
_BY_NAME = (
    (r"operat|opérat|surgical op", "operative_report"),
    (r"anesth|anaesth", "anaesthesia_report"),
    (r"patholog|cytolog|anatomo", "pathology_report"),
    (
        r"imag|radiolog|radiograph|x-?ray|echograph|échograph|ultrasound|[eé]chocardio|doppler|scintigra|scanner|\bct\b|\bmri?\b|\birm\b|mammogra|tomograph",
        "imaging_report",
    ),
    (r"biolog|laborato|hemato|hémato|microbio|chemistry|blood count|panel", "biology"),
    (r"discharge|sortie|liaison", "discharge_letter"),
    (r"prescri|ordonnance|dispens", "prescription"),
    (r"vaccin|immuni[sz]ation", "immunizations"),
    (r"history and physical|admission|entrée", "admission_note"),
    (r"progress|évolution|evolution|subsequent", "progress_note"),
    (r"consult", "consultation"),
    (r"procedure|acte\b|endoscop", "procedure_report"),
    (r"care plan|plan of care|plan de soins|plan personnalis", "care_plan"),
)


def kind_of(code: str, *names: str) -> str:
    """Return the kind of a document by its type's code, else by its type's or its title's name, else
    ``note``.
    """
    if code in _KINDS:
        return _KINDS[code]
    for name in names:
        for pattern, kind in _BY_NAME:
            if name and re.search(pattern, name, re.IGNORECASE):
                return kind
    return "note"

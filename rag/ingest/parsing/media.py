"""The media types that sniffing tells apart; parsers are registered under them. A name without a registered
standard starts with ``x-``.
"""

from __future__ import annotations

TEXT = "text/plain"
MARKDOWN = "text/markdown"
HTML = "text/html"
CSV = "text/csv"
JSON_LINES = "application/x-ndjson"
RTF = "application/rtf"
EML = "message/rfc822"
MBOX = "application/mbox"
TNEF = "application/ms-tnef"

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODT = "application/vnd.oasis.opendocument.text"
OLE = "application/x-ole-storage"
"""The container of Word up to 2003, of Outlook messages, and of encrypted files of later programs."""

FHIR_JSON = "application/fhir+json"
FHIR_NDJSON = "application/fhir+ndjson"
FHIR_XML = "application/fhir+xml"
CDA = "application/x-cda+xml"
HL7 = "application/x-hl7-v2"
DICOM = "application/dicom"

PUBMED = "application/x-pubmed+xml"
JATS = "application/jats+xml"
BIOC = "application/x-bioc+xml"
BIOC_JSON = "application/x-bioc+json"
XML = "application/xml"
"""XML of no kind that is known."""
JSON = "application/json"
"""JSON of no kind that is known."""

PNG = "image/png"
JPEG = "image/jpeg"
TIFF = "image/tiff"
GIF = "image/gif"
BMP = "image/bmp"
WEBP = "image/webp"
JPEG_2000 = "image/jp2"

ZIP = "application/zip"
TAR = "application/x-tar"
PACKED = "application/x-packed"
"""One file packed with gzip, bzip2 or xz; a packed tar is ``TAR``."""

SHOWN = frozenset({PDF, DICOM, PNG, JPEG, TIFF, GIF, BMP, WEBP, JPEG_2000})
"""What has pages or pictures that a reader can be shown."""

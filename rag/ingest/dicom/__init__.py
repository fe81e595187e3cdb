"""DICOM files: headers in words, structured reports, pictures under a window."""

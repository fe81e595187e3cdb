"""Two patients who had the same operation on other sides, a third who was seen twice, and an article: what
belongs to whom must never be mistaken. All fictitious.
"""

from __future__ import annotations

RECORDS = {
    "patients/A/2026-03-12_operative_report.txt": (
        "Compte rendu opératoire.\nProthèse totale de hanche droite par voie postérieure. Saignement estimé à"
        " 350 ml.\nAntibioprophylaxie par céfazoline 2 g."
    ),
    "patients/A/2026-03-16_prescription.txt": (
        "Ordonnance de sortie.\nÉnoxaparine 4000 UI par jour pendant 35 jours."
    ),
    "patients/B/2026-04-02_operative_report.txt": (
        "Compte rendu opératoire.\nProthèse totale de hanche gauche par voie antérieure. Saignement estimé à"
        " 800 ml.\nAntibioprophylaxie par clindamycine 900 mg en raison d'une allergie à la pénicilline."
    ),
    "patients/C/2026-01-10_consultation.txt": (
        "Consultation.\nDouleurs du genou gauche depuis l'été. Poids 71 kg.\nMère opérée d'une prothèse"
        " de genou à 60 ans.\nPas de fièvre. Radiographie demandée."
    ),
    "patients/C/2026-02-14_consultation.txt": (
        "Consultation.\nDouleurs du genou gauche depuis l'été.\nPoids 68 kg. Infiltration faite ce jour, sans"
        " incident.\nContrôle dans six semaines."
    ),
    "articles/thromboprophylaxis.md": (
        "---\nid: article\ntitle: Thromboprophylaxis after hip replacement\nkind: article\nlanguage:"
        " en\n---\nEnoxaparin 4000 IU once daily for 35 days reduced symptomatic thrombosis after total hip"
        " replacement."
    ),
}

"""The metrics of answers, in the order in which they are shown."""

from __future__ import annotations

from eval.metrics.answers.case import AnswerCase
from eval.metrics.answers.citations import citation_precision, citation_recall, faithfulness
from eval.metrics.answers.correctness import correct
from eval.metrics.answers.domain import (
    abstained,
    answerable,
    answered,
    declared,
    gold_is_indexed,
    gold_is_quotable,
    has,
    has_okay_facts,
    has_vital_facts,
    of_a_patient,
    unanswerable,
)
from eval.metrics.answers.facts import facts_contradicted, facts_entailed
from eval.metrics.answers.figures import numbers_cited
from eval.metrics.answers.grounding import (
    answer_language,
    doc_hit,
    gold_quote_hit,
    gold_quote_precision,
    gold_quote_recall,
    mixed_patients,
    quote_exact,
    wrong_patient,
)
from eval.metrics.answers.nuggets import any_held, share_held
from eval.metrics.metric import ItemMetric, Words

ANSWERS: tuple[ItemMetric[AnswerCase], ...] = (
    ItemMetric(
        name="correct",
        function=correct,
        label=Words("Done right", "Bien fait"),
        about=Words(
            "All vital facts and none forbidden; silence where there is no answer.",
            "Tous les faits essentiels et aucun interdit ; le silence quand il n'y a pas de réponse.",
        ),
        headline=1,
    ),
    ItemMetric(
        name="nugget_recall",
        function=lambda case: share_held(case.answer.answer, case.question.must_have),
        domain=(answerable, has("must_have")),
        label=Words("Vital facts found", "Faits essentiels trouvés"),
        about=Words(
            "Share of the must-have facts found as strings; silence counts 0.",
            "Part des faits attendus trouvés comme chaînes ; le silence compte 0.",
        ),
        headline=2,
    ),
    ItemMetric(
        name="nugget_recall_okay",
        function=lambda case: share_held(case.answer.answer, case.question.nice_to_have),
        domain=(answerable, has("nice_to_have")),
        label=Words("Further facts found", "Autres faits trouvés"),
        about=Words(
            "Share of the nice-to-have facts found as strings.",
            "Part des faits souhaitables trouvés comme chaînes.",
        ),
    ),
    ItemMetric(
        name="fact_recall_vital",
        function=lambda case: facts_entailed(case.question, case.answer, case.judge, vital=True),
        domain=(answerable, has_vital_facts),
        label=Words("Vital statements made", "Énoncés essentiels présents"),
        about=Words(
            "Share of the vital statements that the answer entails, by the judge.",
            "Part des énoncés essentiels que la réponse implique, selon le juge.",
        ),
    ),
    ItemMetric(
        name="fact_recall_okay",
        function=lambda case: facts_entailed(case.question, case.answer, case.judge, vital=False),
        domain=(answerable, has_okay_facts),
        label=Words("Further statements made", "Autres énoncés présents"),
        about=Words(
            "Share of the okay statements that the answer entails, by the judge.",
            "Part des énoncés souhaitables que la réponse implique, selon le juge.",
        ),
    ),
    ItemMetric(
        name="fact_contradicted",
        function=lambda case: facts_contradicted(case.question, case.answer, case.judge),
        domain=(has("facts"), answered),
        label=Words("Statements contradicted", "Énoncés contredits"),
        about=Words(
            "Share of the gold statements that the answer contradicts.",
            "Part des énoncés de référence que la réponse contredit.",
        ),
        is_lower_better=True,
    ),
    ItemMetric(
        name="must_not",
        function=lambda case: any_held(case.answer.answer, case.question.must_not),
        domain=(has("must_not"),),
        label=Words("Forbidden facts said", "Faits interdits énoncés"),
        about=Words(
            "Share of the answers that say something they must not.",
            "Part des réponses qui disent ce qu'elles ne doivent pas dire.",
        ),
        is_lower_better=True,
    ),
    ItemMetric(
        name="citation_precision",
        function=lambda case: citation_precision(case.answer, case.judge),
        domain=(answered,),
        label=Words("Citation precision", "Précision des citations"),
        about=Words(
            "Share of the citations that are needed (ALCE), by the product's own verifier.",
            "Part des citations nécessaires (ALCE), selon le vérificateur du produit.",
        ),
        headline=4,
    ),
    ItemMetric(
        name="citation_recall",
        function=lambda case: citation_recall(case.answer, case.judge),
        domain=(answered,),
        label=Words("Citation recall", "Rappel des citations"),
        about=Words(
            "Share of the claims that their citations support (ALCE), by the product's own verifier.",
            "Part des phrases que leurs citations étayent (ALCE), selon le vérificateur du produit.",
        ),
        headline=3,
    ),
    ItemMetric(
        name="faithfulness",
        function=lambda case: faithfulness(case.answer, case.judge),
        domain=(answered,),
        label=Words("Faithfulness", "Fidélité"),
        about=Words(
            "Share of the claims that something of the evidence supports.",
            "Part des phrases que quelque chose dans les sources étaye.",
        ),
    ),
    ItemMetric(
        name="numbers_cited",
        function=lambda case: numbers_cited(case.answer),
        domain=(answered,),
        label=Words("Numbers in their quotes", "Nombres présents dans la citation"),
        about=Words(
            "Share of the claims with numbers whose numbers stand in their quotes. No model.",
            "Part des phrases chiffrées dont les nombres sont dans leurs citations. Sans modèle.",
        ),
    ),
    ItemMetric(
        name="doc_hit",
        function=doc_hit,
        domain=(answerable, has("gold_docs"), gold_is_indexed),
        label=Words("Right document cited", "Bon document cité"),
        about=Words(
            "A gold document is cited.",
            "Un document de référence est cité.",
        ),
    ),
    ItemMetric(
        name="gold_quote_hit",
        function=gold_quote_hit,
        domain=(answerable, has("gold_quotes"), gold_is_quotable),
        label=Words("Gold quote cited", "Passage de référence cité"),
        about=Words(
            "A citation overlaps a gold quote. No model.",
            "Une citation recouvre un passage de référence. Sans modèle.",
        ),
    ),
    ItemMetric(
        name="gold_quote_precision",
        function=gold_quote_precision,
        domain=(answerable, has("gold_quotes"), gold_is_quotable, answered),
        label=Words("Citations on gold quotes", "Citations sur la référence"),
        about=Words(
            "Share of the citations that overlap a gold quote. No model.",
            "Part des citations qui recouvrent un passage de référence. Sans modèle.",
        ),
    ),
    ItemMetric(
        name="gold_quote_recall",
        function=gold_quote_recall,
        domain=(answerable, has("gold_quotes"), gold_is_quotable),
        label=Words("Gold quotes cited", "Passages de référence cités"),
        about=Words(
            "Share of the gold quotes that a citation overlaps. No model.",
            "Part des passages de référence qu'une citation recouvre. Sans modèle.",
        ),
    ),
    ItemMetric(
        name="quote_exact",
        function=quote_exact,
        domain=(answered,),
        label=Words("Exact quotes", "Citations exactes"),
        about=Words(
            "Share of the quotes that are the stored text at their offsets. Must be 1.",
            "Part des citations identiques au texte conservé à leur place. Doit être 1.",
        ),
        promise=1.0,
    ),
    ItemMetric(
        name="invalid_markers",
        function=lambda case: float(case.answer.invalid_markers),
        label=Words("Invalid markers", "Marqueurs invalides"),
        about=Words(
            "Markers of evidence that does not exist, a question. Must be 0.",
            "Marqueurs de sources inexistantes, par question. Doit être 0.",
        ),
        plot="count",
        is_lower_better=True,
        promise=0.0,
    ),
    ItemMetric(
        name="wrong_patient",
        function=wrong_patient,
        domain=(of_a_patient,),
        label=Words("Other patients' data", "Données d'autres patients"),
        about=Words(
            "Citations and evidence of another patient, a question. Must be 0.",
            "Citations et sources d'un autre patient, par question. Doit être 0.",
        ),
        plot="count",
        is_lower_better=True,
        promise=0.0,
        headline=6,
    ),
    ItemMetric(
        name="mixed_patients",
        function=mixed_patients,
        domain=(answered,),
        label=Words("Patients mixed", "Patients mélangés"),
        about=Words(
            "Patients beyond the first cited in one answer. Must be 0.",
            "Patients cités au-delà du premier dans une réponse. Doit être 0.",
        ),
        plot="count",
        is_lower_better=True,
        promise=0.0,
    ),
    ItemMetric(
        name="answer_language",
        function=answer_language,
        domain=(answered,),
        label=Words("Language of the question", "Langue de la question"),
        about=Words(
            "The answer is in the language of the question.",
            "La réponse est dans la langue de la question.",
        ),
    ),
    ItemMetric(
        name="abstain_precision",
        function=lambda case: float(case.question.answerable is False),
        domain=(declared, abstained),
        label=Words("Abstention precision", "Précision de l'abstention"),
        about=Words(
            "Of the abstentions, the share on questions without an answer.",
            "Parmi les abstentions, part des questions sans réponse.",
        ),
    ),
    ItemMetric(
        name="abstain_recall",
        function=lambda case: float(case.answer.abstained),
        domain=(declared, unanswerable),
        label=Words("Abstention recall", "Rappel de l'abstention"),
        about=Words(
            "Of the questions without an answer, the share abstained from.",
            "Parmi les questions sans réponse, part des abstentions.",
        ),
        headline=5,
    ),
    ItemMetric(
        name="false_abstention",
        function=lambda case: float(case.answer.abstained),
        domain=(declared, answerable),
        label=Words("False abstention", "Abstentions à tort"),
        about=Words(
            "Of the questions with an answer, the share abstained from.",
            "Parmi les questions qui ont une réponse, part des abstentions.",
        ),
        is_lower_better=True,
    ),
)

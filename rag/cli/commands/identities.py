"""``traboule identities``: the identity desk. Two ids that documents name for one patient, and documents that
wait in quarantine.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from rag.cli.held_documents import DocumentArgument, assign_held, erase_held, printable, tell
from rag.cli.session import ConfigOption, HomeOption, JsonOption, Session, console, print_json, start

if TYPE_CHECKING:
    from rag.store.identity.desk import HeldDocument, Proposal

_BY = "command line"
ProposalArgument = Annotated[str, typer.Argument(metavar="PROPOSAL_ID")]
identities = typer.Typer(help="The identity desk. / Le bureau des identités.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(identities, name="identities")


@identities.command("list")
def list_(
    context: typer.Context,
    all_: Annotated[bool, typer.Option("--all", help="Those decided too.")] = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """List what waits for a decision: proposals, and documents in quarantine. / Ce qui attend une
    décision.
    """
    from rag.build import open_registry
    from rag.cli.audited import noting
    from rag.store.identity.desk import IdentityStore

    session = start(context, home, config)
    with open_registry(session.settings, session.home) as registry:
        store = IdentityStore(registry.store.database)
        proposals, held = store.proposals(None if all_ else "proposed"), store.held()
        named = [(patient, "") for one in proposals for patient in (one.old_id, one.new_id)]
        waiting = [(one.patient_id, one.doc_id) for one in held]
        noting(session, registry.store.database)("identity_list", [*named, *waiting])
    if as_json:
        shown = [_proposal_json(one) for one in proposals]
        print_json({"count": len(shown), "proposals": shown, "held": [asdict(one) for one in held]})
        return
    _show(session, proposals, held)


@identities.command("confirm")
def confirm(
    context: typer.Context,
    proposal_id: ProposalArgument,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Say that the two are one patient: everything goes to the id that survives. / Un seul patient : tout va
    à l'identifiant qui reste.
    """
    _decide(start(context, home, config), "confirm", proposal_id, as_json)


@identities.command("reject")
def reject(
    context: typer.Context,
    proposal_id: ProposalArgument,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Say that the two are two patients. / Deux patients : rien ne bouge."""
    _decide(start(context, home, config), "reject", proposal_id, as_json)


@identities.command("reverse")
def reverse(
    context: typer.Context,
    proposal_id: ProposalArgument,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Take back a confirmation: everything is as before. / Annuler une confirmation : tout est comme
    avant.
    """
    _decide(start(context, home, config), "reverse", proposal_id, as_json)


@identities.command("assign")
def assign(
    context: typer.Context,
    doc_id: DocumentArgument,
    patient: Annotated[str, typer.Option("--patient", help="Whose it is.")],
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Take a document out of quarantine for a patient. / Sortir un document de quarantaine pour un
    patient.
    """
    assign_held(
        start(context, home, config), as_json, doc_id, patient, "identity_assign", "identities.assigned"
    )


@identities.command("discard")
def discard(
    context: typer.Context,
    doc_id: DocumentArgument,
    as_json: JsonOption = False,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Erase a document that is in quarantine. / Effacer un document en quarantaine."""
    erase_held(start(context, home, config), as_json, doc_id, "identity_discard", "identities.discarded")


def _decide(
    session: Session, what: Literal["confirm", "reject", "reverse"], proposal_id: str, as_json: bool
) -> None:
    from rag.build import open_home
    from rag.cli.audited import noting

    with open_home(session.settings, session.home) as opened:
        desk = opened.ingestor.desk
        proposal = desk.identities.proposal(proposal_id)
        pair = [(proposal.old_id, ""), (proposal.new_id, "")]
        noting(session, opened.store.database)(f"identity_{what}", pair)
        done = getattr(desk, what)(proposal_id, _BY)
    counts = {"moved": len(done.moved), "released": len(done.released), "held": len(done.held)}
    shown = {
        "proposal": _proposal_json(done.proposal),
        "moved": done.moved,
        "released": done.released,
        "held": done.held,
    }
    ids = {
        "old": done.proposal.old_id,
        "new": done.proposal.new_id,
        "status": session.say(f"identities.{done.proposal.status}"),
    }
    tell(session, as_json, shown, "identities.decided", **ids, **counts)


def _show(session: Session, proposals: list[Proposal], held: list[HeldDocument]) -> None:
    out = console()
    if not proposals and not held:
        out.print(session.say("identities.none"))
        return
    nobody = session.say("identities.nobody")
    if proposals:
        out.print(session.say("identities.heading_proposals"), style="bold")
    for one in proposals:
        ids = {
            "id": one.proposal_id,
            "old": one.old_id,
            "new": one.new_id,
            "status": session.say(f"identities.{one.status}"),
        }
        why = {
            "reason": session.say(f"identities.{one.reason}"),
            "said": one.said or nobody,
            "origin": one.origin,
        }
        line = session.say("identities.proposal", **ids, **why, at=one.proposed_at)
        out.print(printable(line), soft_wrap=True, markup=False)
    if held:
        out.print(session.say("identities.heading_held"), style="bold")
    for kept in held:
        ids = {
            "doc_id": kept.doc_id,
            "patient": kept.patient_id or nobody,
            "other": kept.other_id or nobody,
            "origin": kept.origin,
        }
        line = session.say("identities.held", **ids, at=kept.held_at, title=kept.title)
        out.print(printable(line), soft_wrap=True, markup=False)


def _proposal_json(proposal: Proposal) -> dict[str, object]:
    shown = asdict(proposal)
    del shown["ledger"]
    return shown

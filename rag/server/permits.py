"""What a route asks for: the reading of a caller whose role includes a permission. The route's signature is
where the permission stands."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from rag.server.http.problems import address_of, request_id_of
from rag.server.http.refusals import Forbidden
from rag.server.identity.callers import Permission, found_again, found_caller, permitted
from rag.server.reading import Reading
from rag.server.services import services_of


class ReadingFor:
    """A dependency of a route: the reading of a caller who has this permission."""

    def __init__(self, permission: Permission) -> None:
        self.permission: Permission = permission

    def __call__(self, request: Request) -> Reading:
        """Return the reading.

        Raises:
            NotSignedIn: there is no caller.
            Forbidden: the role does not include the permission.
        """
        services, request_id = services_of(request), request_id_of(request)
        address, traced = address_of(request), request.scope.get("traboule.traced")
        try:
            caller = permitted(request, self.permission)
        except Forbidden as refusal:
            if (known := found_caller(request)) is not None:
                refused = Reading(services, known, request_id, traced, address)
                told = {"reason": refusal.key, "permission": self.permission}
                refused.note("refused", [], "denied", told)
            raise
        return Reading(services, caller, request_id, traced, address, found_again(request))


MayRead = Annotated[Reading, Depends(ReadingFor("read"))]
MayAsk = Annotated[Reading, Depends(ReadingFor("ask"))]
MayConverse = Annotated[Reading, Depends(ReadingFor("converse"))]
MayUpload = Annotated[Reading, Depends(ReadingFor("upload"))]
MayDelete = Annotated[Reading, Depends(ReadingFor("delete"))]
MayReport = Annotated[Reading, Depends(ReadingFor("reports"))]
MayCurate = Annotated[Reading, Depends(ReadingFor("curate"))]
MayOpenEmergency = Annotated[Reading, Depends(ReadingFor("emergency"))]
MayAudit = Annotated[Reading, Depends(ReadingFor("audit"))]

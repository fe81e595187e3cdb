"""What a route asks for: the reading of a caller whose role includes a permission. The route's signature is
where the permission stands."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from rag.server.http.problems import request_id_of
from rag.server.identity.callers import Permission, permitted
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
        caller, traced = permitted(request, self.permission), request.scope.get("traboule.traced")
        return Reading(services_of(request), caller, request_id_of(request), traced)


MayRead = Annotated[Reading, Depends(ReadingFor("read"))]
MayAsk = Annotated[Reading, Depends(ReadingFor("ask"))]
MayConverse = Annotated[Reading, Depends(ReadingFor("converse"))]
MayUpload = Annotated[Reading, Depends(ReadingFor("upload"))]
MayDelete = Annotated[Reading, Depends(ReadingFor("delete"))]
MayReport = Annotated[Reading, Depends(ReadingFor("reports"))]
MayCurate = Annotated[Reading, Depends(ReadingFor("curate"))]
MayAudit = Annotated[Reading, Depends(ReadingFor("audit"))]

"""Documents as they look: pages with a quote marked, images under a window; and pictures found by words, like
one that is sent, or like a document's, each with the sentence of its report.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError
from starlette.datastructures import UploadFile

from rag.core.pictures import Window
from rag.core.types import Filters
from rag.pictures.wire import ImagesJson, images_json
from rag.server.permits import MayRead
from rag.server.schemas import ClinicalTime, Id, RequestBody

router = APIRouter(prefix="/v1", tags=["documents"])
PageNumber = Annotated[int, Path(ge=1, le=100_000)]
Offset = Annotated[int | None, Query(ge=0, le=1_000_000_000)]
_PNG: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"image/png": {"schema": {"type": "string", "format": "binary"}}},
        "description": "The picture.",
    }
}


class BoxJson(BaseModel):
    """A rectangle on a page, in shares of its width and height from the upper left corner."""

    page: int
    left: float
    top: float
    right: float
    bottom: float


class PageJson(BaseModel):
    """A page: how many there are, and where the offsets asked for stand on it."""

    page: int
    pages: int
    boxes: list[BoxJson]


class WindowJson(BaseModel):
    """The values shown from black to white: `center` ± half of `width`."""

    center: float
    width: float
    name: str


class ImageJson(BaseModel):
    """What there is to show of an image. Frames count from 0; `key_frames` stand for all."""

    frames: int
    width: int
    height: int
    key_frames: list[int]
    window: WindowJson | None
    presets: list[WindowJson]
    spacing: tuple[float, float] | None = None
    """Millimetres a pixel, down and across; null where nothing tells it: then nothing can be measured."""


@router.get("/documents/{doc_id:path}/pages/{number}.png", responses=_PNG, response_class=Response)
async def page_png(
    doc_id: Id,
    number: PageNumber,
    reading: MayRead,
    start: Offset = None,
    end: Offset = None,
    scale: Annotated[float, Query(ge=0.1, le=6, description="Pixels a point.")] = 1.5,
) -> Response:
    """Return a page as PNG, with `[start:end)` of the canonical text marked."""

    return _png(await reading.run(reading.page_png, doc_id, number, start, end, scale))


@router.get("/documents/{doc_id:path}/pages/{number}.json", response_model=PageJson)
async def page_json(
    doc_id: Id, number: PageNumber, reading: MayRead, start: Offset = None, end: Offset = None
) -> PageJson:
    """Say where `[start:end)` of the canonical text stands on a page."""

    pages, boxes = await reading.run(reading.page_boxes, doc_id, number, start, end)
    shown = [
        BoxJson(page=box.page, left=box.left, top=box.top, right=box.right, bottom=box.bottom)
        for box in boxes
    ]
    return PageJson(page=number, pages=pages, boxes=shown)


@router.get("/documents/{doc_id:path}/image.png", responses=_PNG, response_class=Response)
async def image_png(
    doc_id: Id,
    reading: MayRead,
    frame: Annotated[int, Query(ge=0, le=100_000)] = 0,
    center: Annotated[float | None, Query(ge=-1e6, le=1e6)] = None,
    width: Annotated[float | None, Query(gt=0, le=1e6)] = None,
    longest: Annotated[
        int | None, Query(ge=16, le=4096, description="Pixels on the longer side at most.")
    ] = None,
) -> Response:
    """Return a frame of an image as PNG, under a window (`center` and `width`, both) or its own."""

    window = Window(center, width) if center is not None and width is not None else None
    return _png(await reading.run(reading.image, doc_id, frame, window, longest))


@router.get("/documents/{doc_id:path}/image.json", response_model=ImageJson)
async def image_json(doc_id: Id, reading: MayRead) -> ImageJson:
    """Say what there is to show of an image."""

    info = await reading.run(reading.image_info, doc_id)
    return ImageJson(
        frames=info.frames,
        width=info.width,
        height=info.height,
        key_frames=list(info.key_frames),
        window=None if info.window is None else _window(info.window),
        presets=[_window(preset) for preset in info.presets],
        spacing=info.spacing,
    )


def _window(window: Window) -> WindowJson:
    return WindowJson(center=window.center, width=window.width, name=window.name)


def _png(data: bytes) -> Response:
    return Response(data, media_type="image/png")


Modality = Annotated[str | None, Field(max_length=40, description="A DICOM code (DX, CT, MR…) or a word.")]
_FILE = "file"


class ImageFilters(RequestBody):
    """What pictures may be found."""

    k: Annotated[int, Field(ge=1, le=100)] = 10
    patient_id: Id | None = None
    modality: Modality = None
    date_from: Annotated[ClinicalTime, Field(alias="from")] = None
    date_to: Annotated[ClinicalTime, Field(alias="to")] = None

    def filters(self) -> Filters:
        """Return the filters meant; a patient's pictures leave out the literature."""
        return Filters(
            patient_ids=None if self.patient_id is None else frozenset({self.patient_id}),
            literature=self.patient_id is None,
            date_from=self.date_from,
            date_to=self.date_to,
        )


class ImageQuery(ImageFilters):
    """Words that pictures are looked for by."""

    query: Annotated[str, Field(min_length=1, max_length=10_000)]


T = TypeVar("T", bound=ImageFilters)


def _body() -> dict[str, Any]:
    by_words = ImageQuery.model_json_schema()
    by_file = ImageFilters.model_json_schema()
    by_file["properties"][_FILE] = {"type": "string", "format": "binary"}
    by_file["required"] = [_FILE]
    content = {"application/json": {"schema": by_words}, "multipart/form-data": {"schema": by_file}}
    return {"requestBody": {"required": True, "content": content}}


@router.post("/images/search", tags=["images"], response_model=ImagesJson, openapi_extra=_body())
async def search_images(request: Request, reading: MayRead) -> ImagesJson:
    """Find pictures by words (JSON), or like a picture that is sent (a form with `file`), of which nothing is
    kept.

    No picture is interpreted: the words shown are those of reports, captions and headers.
    """
    if request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        async with request.form(max_files=1, max_fields=10) as form:
            fields = dict(form)
            file = fields.pop(_FILE, None)
            asked = _read(ImageFilters, fields)
            if not isinstance(file, UploadFile):
                raise RequestValidationError([{"loc": ("body", _FILE), "msg": "a file", "type": "missing"}])
            data, name = await file.read(), (file.filename or _FILE)[:200]
        found = await reading.run(
            reading.images.like_file, data, name, k=asked.k, filters=asked.filters(), modality=asked.modality
        )
    else:
        try:
            body = await request.json()
        except ValueError:
            raise RequestValidationError(
                [{"loc": ("body",), "msg": "no JSON", "type": "json_invalid"}]
            ) from None
        wanted = _read(ImageQuery, body)
        found = await reading.run(
            reading.images.search,
            wanted.query,
            k=wanted.k,
            filters=wanted.filters(),
            modality=wanted.modality,
        )
    return images_json(found)


@router.get("/documents/{doc_id:path}/similar", response_model=ImagesJson)
async def similar(
    doc_id: Id,
    reading: MayRead,
    k: Annotated[int, Query(ge=1, le=100)] = 10,
    modality: Annotated[Modality, Query()] = None,
) -> ImagesJson:
    """Return pictures like those of a document: the patient's earlier ones first, then others in the caller's
    scope, each with its reasons.
    """
    found = await reading.run(reading.images.like_document, doc_id, k=k, filters=Filters(), modality=modality)
    return images_json(found)


def _read(kind: type[T], fields: object) -> T:
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        problems = [{**one, "loc": ("body", *one["loc"])} for one in error.errors(include_url=False)]
        raise RequestValidationError(problems) from None

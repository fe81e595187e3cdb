"""Documents as they look: pages with a quote marked, images under a window."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel

from rag.core.pictures import Window
from rag.server.permits import MayRead
from rag.server.schemas import Id

router = APIRouter(prefix="/v1/documents", tags=["documents"])
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


@router.get("/{doc_id:path}/pages/{number}.png", responses=_PNG, response_class=Response)
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


@router.get("/{doc_id:path}/pages/{number}.json", response_model=PageJson)
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


@router.get("/{doc_id:path}/image.png", responses=_PNG, response_class=Response)
async def image_png(
    doc_id: Id,
    reading: MayRead,
    frame: Annotated[int, Query(ge=0, le=100_000)] = 0,
    center: Annotated[float | None, Query(ge=-1e6, le=1e6)] = None,
    width: Annotated[float | None, Query(gt=0, le=1e6)] = None,
) -> Response:
    """Return a frame of an image as PNG, under a window (`center` and `width`, both) or its own."""

    window = Window(center, width) if center is not None and width is not None else None
    return _png(await reading.run(reading.image, doc_id, frame, window))


@router.get("/{doc_id:path}/image.json", response_model=ImageJson)
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
    )


def _window(window: Window) -> WindowJson:
    return WindowJson(center=window.center, width=window.width, name=window.name)


def _png(data: bytes) -> Response:
    return Response(data, media_type="image/png")

"""Draws frames of DICOM pictures: values of the device, then a window, then grey; or colours as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag.core.errors import NotFound, ParseError
from rag.core.pictures import ImageInfo, Window
from rag.ingest.dicom.file import items, number, opened_dicom, text, tolerant, value

if TYPE_CHECKING:
    from PIL.Image import Image
    from pydicom import Dataset

_MOST_PIXELS = 120_000_000
_KEY_FRAMES = 5
_SOFT_TISSUE = Window(40.0, 400.0, "soft_tissue")
_USUAL_CT = (
    _SOFT_TISSUE,
    Window(-600.0, 1500.0, "lung"),
    Window(40.0, 80.0, "brain"),
    Window(500.0, 2000.0, "bone"),
)
"""Windows in Hounsfield units that viewers offer."""

_SHARES = (0.5, 99.5)
"""Percentiles of the values that are shown from black to white where the file has no window: a few bright
specks do not darken the rest.
"""


def dicom_info(data: bytes, file: str) -> ImageInfo:
    """Return the size, the frames and the windows of a picture.

    Raises:
        NotFound: the file has no picture.
        ParseError: it is damaged.
    """
    found = _with_pixels(data, file)
    frames = max(1, number(found, "NumberOfFrames", 1))
    windows = _windows(found, 0)
    shown = tuple(
        dict.fromkeys((*windows, *(_USUAL_CT if text(found, "Modality") == "CT" and _is_grey(found) else ())))
    )
    first = windows[0] if windows else None
    return ImageInfo(
        frames,
        number(found, "Columns"),
        number(found, "Rows"),
        _key_frames(found, frames),
        first,
        shown,
        _spacing(found),
    )


def dicom_picture(
    data: bytes, file: str, frame: int, window: Window | None, longest: int | None = None
) -> Image:
    """Return a frame (from 0) as grey or RGB; ``window`` None means the file's own, else the span of its
    values. A frame longer than twice ``longest`` is thinned before it is computed with, so that a small
    picture of a large one takes little memory.

    Raises:
        NotFound: the file has no such frame.
        ParseError: its pixels cannot be decoded.
    """
    from PIL import Image

    found = _with_pixels(data, file)
    frames = max(1, number(found, "NumberOfFrames", 1))
    if not 0 <= frame < frames:
        raise NotFound("frame_unknown", doc_id=file, frame=frame, frames=frames)
    try:
        with tolerant():
            values = _thinned(_values(found, frame), longest)
            grey_or_colour = (
                _grey(found, values, frame, window) if _is_grey(found) else _colours(found, values)
            )
    except MemoryError:
        raise ParseError("dicom_pixels_too_many", file=file, limit=_MOST_PIXELS // 1_000_000) from None
    except Exception as error:  # each of the codecs has errors of its own
        raise ParseError(
            "dicom_pixels_unreadable", file=file, syntax=_syntax(found), reason=type(error).__name__
        ) from None
    return _with_square_pixels(Image.fromarray(grey_or_colour), found)


def _thinned(values: Any, longest: int | None) -> Any:
    step = 1 if longest is None else max(1, max(values.shape[:2]) // (2 * longest))
    return values[::step, ::step]


def _spacing(data: Dataset) -> tuple[float, float] | None:
    """Return millimetres a pixel, down and across: of the patient where the file knows it, else of the
    detector; None where it says neither.
    """
    shared = _of_frame(data, 0, "PixelMeasuresSequence")
    for part in (*shared, data):
        for name in ("PixelSpacing", "ImagerPixelSpacing"):
            found = _floats(part, name)
            if len(found) == 2 and min(found) > 0:
                return found[0], found[1]
    return None


def _with_pixels(data: bytes, file: str) -> Dataset:
    found = opened_dicom(data, file)
    if not any(name in found for name in ("PixelData", "FloatPixelData", "DoubleFloatPixelData")):
        raise NotFound("document_without_picture", doc_id=file)
    if (
        number(found, "Rows") * number(found, "Columns") * max(1, number(found, "SamplesPerPixel", 1))
        > _MOST_PIXELS
    ):
        raise ParseError("dicom_pixels_too_many", file=file, limit=_MOST_PIXELS // 1_000_000)
    return found


def _syntax(data: Dataset) -> str:
    return str(getattr(value(data.file_meta, "TransferSyntaxUID"), "name", "–"))


def _key_frames(data: Dataset, frames: int) -> tuple[int, ...]:
    """Return a few frames that stand for all: the one that the file names first, then some at even
    distances.
    """
    if frames <= _KEY_FRAMES:
        return tuple(range(frames))
    even = [round((place + 0.5) * frames / _KEY_FRAMES - 0.5) for place in range(_KEY_FRAMES)]
    named = number(data, "RepresentativeFrameNumber") - 1
    return tuple(dict.fromkeys([named, *even] if 0 <= named < frames else even))


def _is_grey(data: Dataset) -> bool:
    return text(data, "PhotometricInterpretation") in ("MONOCHROME1", "MONOCHROME2", "")


def _values(data: Dataset, frame: int) -> Any:
    """Return a frame's stored values, colours as RGB."""
    from pydicom.pixels.utils import pixel_array

    return pixel_array(data, index=frame)


def _colours(data: Dataset, values: Any) -> Any:
    import numpy
    from pydicom.pixels.processing import apply_color_lut

    if text(data, "PhotometricInterpretation") == "PALETTE COLOR":
        values = apply_color_lut(values, data)
    if values.dtype == numpy.uint8:
        return values
    return (values.astype(numpy.float64) * (255.0 / _brightest(data, values))).astype(numpy.uint8)


def _brightest(data: Dataset, values: Any) -> float:
    """Return the value of full colour: of a table of colours that of its type, else that of the bits in
    use.
    """
    is_table = text(data, "PhotometricInterpretation") == "PALETTE COLOR"
    return float(2 ** (8 * values.dtype.itemsize if is_table else number(data, "BitsStored", 16)) - 1)


def _grey(data: Dataset, values: Any, frame: int, window: Window | None) -> Any:
    import numpy

    stored = values
    values = _rescaled(data, values, frame)
    windows = _windows(data, frame)
    if window is None and not windows and items(data, "VOILUTSequence"):
        from pydicom.pixels.processing import apply_voi

        shares = _spread(apply_voi(values.astype("int32"), data))
    elif chosen := window or (windows[0] if windows else None):
        shares = _windowed(values, chosen, text(data, "VOILUTFunction"))
    else:
        shares = _spread(
            values,
            ~numpy.equal(stored, number(data, "PixelPaddingValue")) if "PixelPaddingValue" in data else None,
        )
    is_inverse = text(data, "PhotometricInterpretation") == "MONOCHROME1"
    return numpy.round(255 * (1 - shares if is_inverse else shares)).astype(numpy.uint8)


def _rescaled(data: Dataset, values: Any, frame: int) -> Any:
    """Return stored values in the device's units, by the frame's own slope and intercept, the file's, or its
    table.
    """
    from pydicom.pixels.processing import apply_modality_lut

    for part in _of_frame(data, frame, "PixelValueTransformationSequence"):
        return values.astype("float64") * float(value(part, "RescaleSlope") or 1) + float(
            value(part, "RescaleIntercept") or 0
        )
    return apply_modality_lut(values, data).astype("float64")


def _of_frame(data: Dataset, frame: int, name: str) -> list[Dataset]:
    """Return a functional group of a frame, its own before the one that all share (PS3.3, C.7.6.16)."""
    own = items(data, "PerFrameFunctionalGroupsSequence")
    groups = [*own[frame : frame + 1], *items(data, "SharedFunctionalGroupsSequence")]
    return next((found for group in groups if (found := items(group, name))), [])


def _windows(data: Dataset, frame: int) -> tuple[Window, ...]:
    """Return the windows that the file proposes, the first one being its default."""
    if not _is_grey(data):
        return ()
    for part in (*_of_frame(data, frame, "FrameVOILUTSequence"), data):
        centers, widths = _floats(part, "WindowCenter"), _floats(part, "WindowWidth")
        names = [name.strip() for name in text(part, "WindowCenterWidthExplanation").split(",")]
        found = [
            Window(center, width, names[place] if place < len(names) else "")
            for place, (center, width) in enumerate(zip(centers, widths, strict=False))
            if width >= 1
        ]
        if found:
            return tuple(found)
    return (_SOFT_TISSUE,) if text(data, "Modality") == "CT" and "RescaleIntercept" in data else ()


def _floats(data: Dataset, name: str) -> list[float]:
    found = value(data, name)
    many = found if type(found).__name__ == "MultiValue" else [found]
    try:
        return [float(one) for one in many if one is not None]
    except (TypeError, ValueError):
        return []


def _windowed(values: Any, window: Window, function: str) -> Any:
    """Return shares of white by the functions of PS3.3, C.11.2.1.2 and C.11.2.1.3."""
    import numpy

    center, width = window.center, max(window.width, 1e-6)
    if function == "SIGMOID":
        return 1 / (1 + numpy.exp(numpy.clip(-4 * (values - center) / width, -60, 60)))
    if function != "LINEAR_EXACT" and width > 1:
        center, width = center - 0.5, width - 1
    return numpy.clip((values - center) / width + 0.5, 0.0, 1.0)


def _spread(values: Any, counted: Any = None) -> Any:
    """Return shares of white from nearly the lowest to nearly the highest value."""
    import numpy

    values = numpy.nan_to_num(values.astype("float64"))
    chosen = values[counted] if counted is not None and counted.any() else values
    low, high = (float(bound) for bound in numpy.percentile(chosen, _SHARES))
    if high <= low:
        low, high = float(chosen.min()), float(chosen.max())
    return numpy.clip((values - low) / ((high - low) or 1.0), 0.0, 1.0)


def _with_square_pixels(picture: Image, data: Dataset) -> Image:
    aspect = _floats(data, "PixelAspectRatio")
    if len(aspect) != 2 or min(aspect) <= 0 or aspect[0] == aspect[1] or max(aspect) / min(aspect) > 4:
        return picture
    return picture.resize((picture.width, max(1, round(picture.height * aspect[0] / aspect[1]))))

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image

from yusuan.extraction.config import PageSettings
from yusuan.extraction.errors import PageError
from yusuan.extraction.pages import open_source
from yusuan.extraction.pages.wire import read_message, write_message


@pytest.fixture
def exploding_pdf(drawn_pdf: Callable[..., Path], tmp_path: Path) -> Path:
    """Three pages; the second draws a form that draws a form twelve times, nine levels deep."""
    plain = drawn_pdf(*[lambda c: c.drawString(100, 700, "fine")] * 3)
    path = tmp_path / "exploding.pdf"
    with pikepdf.open(plain) as pdf:

        def form(content: bytes, inner: pikepdf.Object | None = None) -> pikepdf.Object:
            stream = pdf.make_stream(content)
            stream.Type, stream.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
            stream.BBox = [0, 0, 595, 842]
            if inner is not None:
                stream.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=inner))
            return stream

        stream = form(b"0 0 m 1 1 l S")
        for _ in range(9):
            stream = form(b"/F Do " * 12, stream)
        pdf.pages[1].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=stream))
        pdf.pages[1].Contents = pdf.make_stream(b"/F Do")
        pdf.save(path)
    return path


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        ({"render_seconds": 3.0}, "longer than 3 seconds"),
        ({"memory_mb": 320}, "crashed|memory"),
    ],
)
def test_a_page_over_its_limits_fails_alone(
    settings: PageSettings, exploding_pdf: Path, limits: dict[str, float], says: str
) -> None:
    with open_source(exploding_pdf, settings.model_copy(update=limits)) as source:
        assert [word.text for word in source.load(1).words] == ["fine"]
        with pytest.raises(PageError, match=says) as caught:
            source.load(2)
        assert "pages.memory_mb" in caught.value.hint
        assert [word.text for word in source.load(3).words] == ["fine"]


def test_a_huge_page_fails_alone(
    tmp_path: Path, settings: PageSettings, drawn_pdf: Callable[..., Path]
) -> None:
    plain = drawn_pdf(*[lambda c: c.drawString(100, 700, "fine")] * 2)
    path = tmp_path / "huge.pdf"
    with pikepdf.open(plain) as pdf:
        pdf.pages[0].MediaBox = [0, 0, 14400, 14400]
        pdf.save(path)
    with open_source(path, settings) as source:
        with pytest.raises(PageError, match="200 x 200 inches") as caught:
            source.load(1)
        assert "--dpi" in caught.value.hint
        assert [word.text for word in source.load(2).words] == ["fine"]


def test_an_image_bomb_is_not_decoded(tmp_path: Path, settings: PageSettings) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    path = tmp_path / "bomb.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )
    with (
        open_source(path, settings.model_copy(update={"memory_mb": 320})) as source,
        pytest.raises(PageError, match="3600 million pixels"),
    ):
        source.load(1)


def jpeg(image: np.ndarray) -> bytes:
    data = io.BytesIO()
    Image.fromarray(image).save(data, "JPEG")
    return data.getvalue()


@pytest.fixture
def striped() -> bytes:
    image = np.full((800, 600, 3), 255, np.uint8)
    image[::20] = 0
    return jpeg(image)


def test_a_broken_picture_is_no_blank_page(
    settings: PageSettings, picture_pdf: Callable[..., Path], striped: bytes
) -> None:
    white = jpeg(np.full((800, 600, 3), 255, np.uint8))
    broken = striped[:200]
    path = picture_pdf(striped, broken, white, size=(600, 800))
    with open_source(path, settings) as source:
        assert source.load(1).image.min() < 50
        with pytest.raises(PageError, match="page 2: its picture is broken"):
            source.load(2)
        assert source.load(3).image.min() == 255, "a sheet that is really blank is no error"


def test_a_broken_picture_under_a_page_number(
    settings: PageSettings, picture_pdf: Callable[..., Path], striped: bytes
) -> None:
    path = picture_pdf(striped[:200], size=(600, 800), over=b"BT /F 12 Tf 300 30 Td (- 7 -) Tj ET")
    with open_source(path, settings) as source, pytest.raises(PageError, match="picture is broken"):
        source.load(1)


def test_a_cut_off_picture_warns(
    settings: PageSettings, picture_pdf: Callable[..., Path], striped: bytes
) -> None:
    path = picture_pdf(striped[: len(striped) // 2], size=(600, 800))
    with open_source(path, settings) as source:
        assert any("cut off" in warning for warning in source.load(1).warnings)


def test_a_broken_frame_fails_alone(tmp_path: Path, settings: PageSettings) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (3, 400, 300), np.uint8)
    frames = [Image.fromarray(frame) for frame in noise]
    path = tmp_path / "fax.tif"
    frames[0].save(path, save_all=True, append_images=frames[1:], compression="tiff_lzw")
    data = path.read_bytes()
    with Image.open(path) as image:
        image.seek(1)
        start = image.tag_v2[273][0]
    path.write_bytes(data[: start + 50] + b"\xff" * 20_000 + data[start + 20_050 :])
    with open_source(path, settings) as source:
        assert source.info.pages == 3
        with pytest.raises(PageError, match="page 2"):
            source.load(2)
        assert source.load(3).image.shape[2] == 3


def test_messages_of_a_taken_over_child_are_refused() -> None:
    def message(header: dict[str, object], arrays: dict[str, np.ndarray] | None = None) -> io.BytesIO:
        stream = io.BytesIO()
        write_message(stream, header, arrays)
        stream.seek(0)
        return stream

    def read(stream: io.BytesIO, limit: int = 1000) -> tuple[dict[str, object], dict[str, np.ndarray]]:
        def into(buffer: memoryview) -> None:
            if stream.readinto(buffer) != len(buffer):
                raise EOFError

        return read_message(into, limit)

    grid = np.arange(12, dtype=np.uint8).reshape(3, 4)
    header, arrays = read(
        message({"name": "a\udcff\n"}, {"grid": grid[:, ::2], "none": np.zeros((0, 4), np.float32)})
    )
    assert header == {"name": "a\udcff\n"}
    assert np.array_equal(arrays["grid"], grid[:, ::2])
    assert arrays["none"].shape == (0, 4)
    with pytest.raises(ValueError, match="too large"):
        read(message({}, {"grid": np.zeros(2000, np.uint8)}))
    forged = b'{"arrays": [["image", "object", [4]]]}'
    with pytest.raises(ValueError, match="unknown kind"):
        read(io.BytesIO(struct.pack(">I", len(forged)) + forged))
    with pytest.raises(EOFError):
        read(io.BytesIO(b"\x00\x00"))


def test_files_have_processes_of_their_own_one_after_another(
    settings: PageSettings, drawn_pdf: Callable[..., Path], exploding_pdf: Path
) -> None:
    def forked(path: Path) -> tuple[int, int]:
        """Return the ids of what was started and of the process that has the file open."""
        with open_source(path, settings) as source:
            source.load(1)
            assert source._sandbox._child is not None
            started = source._sandbox._child.process.pid
            (own,) = Path(f"/proc/{started}/task/{started}/children").read_text("ascii").split()
            return started, int(own)

    first, second = forked(exploding_pdf), forked(drawn_pdf(lambda c: c.drawString(100, 700, "fine")))
    assert first[0] == second[0]
    assert first[1] != second[1]
    assert not Path(f"/proc/{first[1]}").exists()


def test_what_died_of_a_file_opens_no_other(settings: PageSettings, exploding_pdf: Path) -> None:
    with open_source(exploding_pdf, settings.model_copy(update={"render_seconds": 1.0})) as source:
        source.load(1)
        assert source._sandbox._child is not None
        killed = source._sandbox._child.process
        with pytest.raises(PageError, match="longer than 1 seconds"):
            source.load(2)
        assert killed.returncode is not None
    with open_source(exploding_pdf, settings) as source:
        assert [word.text for word in source.load(1).words] == ["fine"]


def test_a_page_keeps_its_pixels_when_the_next_is_drawn(
    settings: PageSettings, drawn_pdf: Callable[..., Path]
) -> None:
    path = drawn_pdf(lambda c: c.drawString(100, 700, "one"), lambda c: c.rect(0, 0, 595, 842, fill=1))
    with open_source(path, settings) as source:
        first = source.load(1).image
        before = first.copy()
        source.load(2)
    assert np.array_equal(first, before)

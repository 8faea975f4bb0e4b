"""The page that shows what adds up, what does not, and what was repaired, with the pixels."""

from pathlib import Path

import pytest
from PIL import Image

from yusuan.extraction.errors import UsageError
from yusuan.extraction.exports.folder import page_image_path
from yusuan.extraction.exports.trust_report import write_trust_report


def test_it_shows_failures_and_repairs_with_their_pixels(out: Path, tmp_path: Path) -> None:
    image = page_image_path(out / "documents" / "a-01234567", 1)
    image.parent.mkdir()
    Image.new("RGB", (400, 500), "white").save(image)
    counts = write_trust_report(out, tmp_path / "report.html")
    assert (counts.documents, counts.passed, counts.failed, counts.repaired, counts.proposed) == (
        3,
        2,
        2,
        4,
        0,
    )
    page = (tmp_path / "report.html").read_text("utf-8")
    assert page.count("1234.50 is not -5.0") == 2
    assert "the same code on an earlier page" in page
    # One cell of a failed check and two repaired ones of the only document whose page image is there.
    assert page.count('src="data:image/jpeg;base64,') == 3
    assert page.index("a-01234567") < page.index("b-01234567") < page.index("empty-01234567")
    assert page.rstrip().endswith("</body></html>")


def test_a_folder_without_documents_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no documents"):
        write_trust_report(tmp_path, tmp_path / "report.html")
    assert not (tmp_path / "report.html").exists()


def test_a_folder_is_no_file(out: Path) -> None:
    with pytest.raises(UsageError, match="is a folder"):
        write_trust_report(out, out)

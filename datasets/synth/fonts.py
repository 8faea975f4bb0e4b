"""Chinese fonts for typesetting: found on this system, never shipped.

The PDFs embed the glyphs they use, so readers, tests and the demo need no font.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from fontTools.ttLib import TTCollection, TTFont
from reportlab.pdfbase import (
    pdfmetrics,
    ttfonts,
)

from yusuan.extraction.errors import UsageError

# Our name → file and, in a collection, the name of the face. reportlab embeds TrueType outlines only,
# which rules out Noto Sans CJK (CFF).
FACES: dict[str, tuple[str, str | None]] = {
    "song": ("gbsn00lp.ttf", None),
    "han": ("BabelStoneHan.ttf", None),
    "hei": ("wqy-zenhei.ttc", "WenQuanYi Zen Hei"),
    "yahei": ("wqy-microhei.ttc", "WenQuanYi Micro Hei"),
    "kai": ("gkai00mp.ttf", None),
}

FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".fonts")
# Debian's packages that carry these files.
PACKAGES = (
    "fonts-arphic-gbsn00lp",
    "fonts-arphic-gkai00mp",
    "fonts-babelstone-han",
    "fonts-wqy-microhei",
    "fonts-wqy-zenhei",
)


def _find_file(name: str) -> Path:
    for folder in FOLDERS:
        for path in sorted(folder.rglob(name)) if folder.is_dir() else ():
            return path
    raise UsageError(
        f"the font file {name} is not installed", f"make fonts, or apt-get install {' '.join(PACKAGES)}"
    )


@cache
def font_file(name: str) -> tuple[Path, int]:
    """Return the file of the face `name` of `FACES`, and the index of the face in it.

    Raises:
        UsageError: the font file is not installed.
    """
    file, face = FACES[name]
    path = _find_file(file)
    if face is None:
        return path, 0
    return path, [font["name"].getDebugName(4) for font in TTCollection(path).fonts].index(face)


@cache
def use_face(name: str) -> str:
    """Register the face `name` of `FACES` with reportlab and return its name there.

    A name that is no face of ours is returned as it is: reportlab's built-in fonts need no file.

    Raises:
        UsageError: the font file is not installed.
    """
    if name not in FACES:
        return name
    path, index = font_file(name)
    pdfmetrics.registerFont(ttfonts.TTFont(name, str(path), subfontIndex=index))
    return name


@cache
def _glyphs_of(name: str) -> frozenset[int]:
    file, _ = FACES[name]
    return frozenset(TTFont(_find_file(file), fontNumber=0).getBestCmap())


def missing_glyphs(text: str, name: str) -> str:
    """Return the characters of `text` that the face `name` cannot print, empty when it can print all."""
    if name not in FACES:
        return ""
    glyphs = _glyphs_of(name)
    return "".join(sorted({char for char in text if not char.isspace() and ord(char) not in glyphs}))


def width_of(text: str, name: str, size: float) -> float:
    """Return the printed width of `text` in points."""
    return float(pdfmetrics.stringWidth(text, use_face(name), size))


def main() -> None:
    """Print the Debian packages to install; nothing where every face is there."""
    try:
        for name in FACES:
            font_file(name)
    except UsageError:
        print(*PACKAGES)


if __name__ == "__main__":
    main()

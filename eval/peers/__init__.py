"""Other programs on the same pages, in the same document type, for the same scorer (docs/peers.md)."""

from __future__ import annotations

from yusuan.eval.peers.peer import Peer, PeerBuilder, PeerKit


def _img2table(kit: PeerKit) -> Peer:
    from yusuan.eval.peers.image_tables import Img2Table

    return Img2Table(kit, borderless=False)


def _img2table_borderless(kit: PeerKit) -> Peer:
    from yusuan.eval.peers.image_tables import Img2Table

    return Img2Table(kit, borderless=True)


def _camelot(kit: PeerKit) -> Peer:
    from yusuan.eval.peers.pdf_tables import Camelot

    return Camelot()


def _paddleocr_rows(kit: PeerKit) -> Peer:
    from yusuan.eval.peers.readers import PaddleRows

    return PaddleRows(kit)


def _tesseract(kit: PeerKit) -> Peer:
    from yusuan.eval.peers.readers import TesseractRows

    return TesseractRows(kit)


PEERS: dict[str, PeerBuilder] = {
    "img2table": _img2table,
    "img2table-borderless": _img2table_borderless,
    "camelot": _camelot,
    "paddleocr-rows": _paddleocr_rows,
    "tesseract": _tesseract,
}

# The distributions whose versions say which program a peer was.
PACKAGES: dict[str, tuple[str, ...]] = {
    "img2table": ("img2table", "paddleocr", "rapidocr"),
    "img2table-borderless": ("img2table", "paddleocr", "rapidocr"),
    "camelot": ("camelot-py", "playa-pdf"),
    "paddleocr-rows": ("paddleocr", "rapidocr"),
    "tesseract": (),
}

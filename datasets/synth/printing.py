"""Placed pages to PDF: vector text with embedded subset fonts."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image
from reportlab import rl_config
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from yusuan.datasets.synth.blocks import PlacedPage
from yusuan.datasets.synth.fonts import use_face

# ASCII85 would make every stream a quarter larger.
rl_config.useA85 = 0


def pages_to_pdf(pages: Sequence[PlacedPage], title: str) -> bytes:
    """Return a PDF with a text layer; the same pages give the same bytes."""
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1, pageCompression=1)
    canvas.setTitle(title)
    for page in pages:
        width, height = page.size
        canvas.setPageSize((width, height))
        for (x0, y0, x1, y1), gray in page.fills:
            canvas.setFillGray(gray)
            canvas.rect(x0, height - y1, x1 - x0, y1 - y0, stroke=0, fill=1)
        if page.fills:
            canvas.setFillGray(0)
        for run in page.runs:
            canvas.setFont(use_face(run.face), run.size)
            canvas.drawString(run.x, height - run.y, run.text)
        for (x0, y0, x1, y1), rules in page.strokes:
            canvas.setLineWidth(rules.width)
            canvas.setStrokeGray(rules.gray)
            canvas.setDash(*([list(rules.dash)] if rules.dash else []))
            canvas.line(x0, height - y0, x1, height - y1)
        for picture in page.pictures:
            x0, y0, x1, y1 = picture.bbox
            pixels = ImageReader(Image.fromarray(picture.rgba))
            canvas.drawImage(pixels, x0, height - y1, x1 - x0, y1 - y0, mask="auto")
        canvas.showPage()
    canvas.save()
    return out.getvalue()

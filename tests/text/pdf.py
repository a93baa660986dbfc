"""The text of a document."""

import io

from pypdf import PdfReader


def text_of(pdf: bytes) -> str:
    """All that a document says, on one line, without the marks at which long words may break."""
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    return " ".join(" ".join(pages).replace("\u200b", "").split())

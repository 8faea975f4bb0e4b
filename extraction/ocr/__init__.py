"""Reading text: one engine interface; PaddleOCR, tesseract, text layer, replay."""

"""What the table model sees and says: the scale of its pages, and the names of its maps.

Shared by training and inference; needs no library.
"""

from __future__ import annotations

# Resolution of the maps: glyphs of 6 points are 4 pixels high, an A4 page is 414 × 585. The page that goes in
# is `shrink` times finer, as the weights say (`NetworkShape.shrink`).
MAP_DPI = 50.0
# Sides of the maps are multiples of this.
MULTIPLE = 8

# Of each place: is it in a table; on a border between rows, between columns, printed or implied (the sides
# of a table too); within a line of text; under a seal.
MAPS = ("table", "across", "down", "text", "seal")

# Of a line of text, the middle is marked, so that lines set tightly stay apart: shares of its height that are
# left off above and below, and at its ends.
TEXT_TRIM, TEXT_ENDS = 0.25, 0.1

"""How large is the sheet: resolutions that files claim, and which of them can be true."""

from __future__ import annotations

A4_LONG_INCHES = 11.69
# From a little under A5 to a little over A3 and US ledger: what budgets are printed on.
SHORTEST_INCHES, LONGEST_INCHES = 5.5, 17.5
# A scan is never blown up beyond this: it adds pixels, not information.
ENOUGH_DPI = 150.0
# So near the wanted resolution, resampling costs more sharpness than it brings order.
NEAR = 0.1


def scan_dpi(long_side: float, claimed: float | None) -> float:
    """Return the resolution of a scan, in dots per inch.

    Phones and converters write 72 dpi, or one pixel a point, without meaning it: where the sheet
    would then be no size that is printed on, it is taken to be A4.

    Args:
        long_side: of the image, in pixels.
        claimed: what the file says, or None.
    """
    if claimed and SHORTEST_INCHES <= long_side / claimed <= LONGEST_INCHES:
        return claimed
    return max(1.0, long_side / A4_LONG_INCHES)


def upright_dpi(native: float, wanted: float) -> float:
    """Return the resolution that a scan of `native` dpi is brought to when `wanted` is the setting."""
    if abs(native / wanted - 1) <= NEAR:
        return native
    return min(wanted, max(native, ENOUGH_DPI))

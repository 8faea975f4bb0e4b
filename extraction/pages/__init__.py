"""Files to upright page images: probe, render in a child process, orientation, deskew, seal removal."""

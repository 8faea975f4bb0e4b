"""Regions, grids, merged cells, text into cells; joining of fragments over pages."""

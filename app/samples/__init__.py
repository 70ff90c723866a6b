"""Published examples as import directories, each a small company of its own."""

from pathlib import Path
from typing import Final

SAMPLES: Final = Path(__file__).parent
"""Holds g7 and g8 (unilevel, without and with an inactive person; 2026-01) and g14 (binary; 2026-01 and 2026-02)."""

"""Write the pages' generated parts anew: `make reference`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import generated

if __name__ == "__main__":
    generated.write()

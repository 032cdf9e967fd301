"""Where things are."""

import os
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
FOLDER = CHECKOUT / "packaging" / "container"
BINARY = Path(os.environ.get("PHOEBED_BIN", CHECKOUT / "target" / "release" / "phoebed"))

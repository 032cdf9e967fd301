"""Entry of the fake zygote: `python -I -B <this directory>`.

It speaks the real protocol with the real channel, clone, birth and link code; only what zygote
and workers *do* is scripted. It never imports PHOEBE, so it is ready at once.
"""

import sys
from pathlib import Path

sys.path.insert(1, str(Path(__file__).resolve().parents[3] / "worker"))

if __name__ == "__main__":
    from scripted_zygote import main

    sys.exit(main())

"""Entry of the zygote: `python -I -B <this directory>`.

Python puts the directory it runs first on `sys.path` even in isolated mode, which is all the
package needs; `-I` keeps the user's site-packages and PYTHONPATH out, `-B` leaves no bytecode.
"""

import sys

from phoebed_worker.zygote import main

if __name__ == "__main__":
    sys.exit(main())

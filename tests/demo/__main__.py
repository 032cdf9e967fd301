"""`python tests/demo`: see phoebed_demo."""

import sys

from phoebed_demo.main import main

sys.exit(main())

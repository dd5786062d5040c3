"""What holds for every test: property tests try the same examples each time, so that a red run is red again.

`make fuzz` tries new ones, many more of them; what it finds becomes an example of its own.
"""

import os

from hypothesis import settings

settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("fuzz", deadline=None, print_blob=True)
settings.load_profile(os.environ.get("NOC_HYPOTHESIS", "steady"))

"""Workers import the steps they run by name: `page_steps` must be found in this folder, there too."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

"""The `tianzhou` command."""

import warnings

warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")  # of a library's import; we use no runtime folder

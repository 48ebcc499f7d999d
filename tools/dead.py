#!/usr/bin/env python3
"""List code that nothing uses. Exit code 1 where there is any.

Vulture's own command also reports arguments and fields, which ports and records declare for others to use;
only what can be dead is asked for here: functions, classes, methods, imports, unreachable lines.
"""

import sys
from pathlib import Path

from vulture import Vulture

KINDS = {"class", "function", "import", "method", "property", "unreachable_code"}
CALLED_BY_FRAMEWORKS = [
    "pytest_*",
    "handle_*",  # aiosmtpd
    "visit_*",  # ast
    "do_*",  # http.server
    "log_message",  # http.server
    "__*__",  # Python
    "dispatch",  # starlette middleware
]
DECORATED = ["@*.command", "@*.callback", "@*.fixture", "@fixture", "@overload", "@njit*", "@numba.*"]
ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    vulture = Vulture(ignore_names=CALLED_BY_FRAMEWORKS, ignore_decorators=DECORATED)
    vulture.scavenge([str(ROOT / "src"), str(ROOT / "tests")])
    found = [item for item in vulture.get_unused_code(min_confidence=60) if item.typ in KINDS]
    for item in found:
        print(f"{Path(item.filename).relative_to(ROOT)}:{item.first_lineno}: unused {item.typ} {item.name}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

"""What `make mutation` found, by module: how many mutants there are, how many a test noticed, and which survive.

Fails when fewer than 90 % of the mutants that were tried are killed.
"""

import json
import sys
from pathlib import Path

FOUND = Path("mutants") / "caselog" / "domain"
LEAST = 0.9
SURVIVED, UNTESTED, NOT_TRIED = 0, 33, None  # the exit codes that mutmut keeps


def main() -> int:
    """Write the table and the survivors; return 1 when too few were killed, else 0."""
    lines: list[str] = []
    survivors: list[str] = []
    tried = killed = 0
    for path in sorted(FOUND.glob("*.meta")):
        codes: dict[str, int | None] = json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
        results = [code for code in codes.values() if code is not NOT_TRIED]
        left = [name for name, code in codes.items() if code in (SURVIVED, UNTESTED)]
        if codes:
            lines.append(
                f"| {path.stem} | {len(codes)} | {len(results)} | {len(results) - len(left)} | {len(left)} |"
            )
        tried, killed, survivors = tried + len(results), killed + len(results) - len(left), survivors + left
    out = sys.stdout.write
    out("| module | mutants | tried | killed | survived |\n| --- | --- | --- | --- | --- |\n")
    out("\n".join(lines) + "\n\n" + "\n".join(survivors) + "\n\n")
    out(f"{killed:,} of {tried:,} killed\n")
    return int(killed < LEAST * tried or not tried)


if __name__ == "__main__":
    sys.exit(main())

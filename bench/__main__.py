"""`python -m bench`: build a program, time both sides in turns, print a table. `make bench` calls this."""

import argparse
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

from bench import evaluation, export, growth, importing, leaving, memory, packet, serving, signals
from bench.measure import Comparison, noise, table
from bench.world import build
from caselog.store.session import sqlite_version

PARTS = ("evaluation", "growth", "export", "import", "http", "signals", "packet")


def main(arguments: list[str]) -> int:
    asked = _asked(arguments)
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, {sqlite_version()}")
    before = noise(asked.rounds)
    comparisons: list[Comparison] = []
    said: list[str] = []
    report: serving.Report | None = None
    with tempfile.TemporaryDirectory(prefix="caselog-bench-") as name:
        folder = Path(name)
        if "evaluation" in asked.parts:
            print(f"building {asked.students} logs of {asked.cases} cases …", flush=True)
            begun = time.perf_counter()
            world = build(folder, asked.students, asked.cases)
            print(f"… took {time.perf_counter() - begun:.0f} s", flush=True)
            comparisons += evaluation.compare(world, asked.rounds)
            said.append(memory.shown(world))
        if "growth" in asked.parts:
            said.append(growth.shown(folder, asked.rounds, *asked.growth))
        if "export" in asked.parts:
            comparisons += export.compare(build(folder, 1, asked.export_cases), asked.rounds)
            many = max(1, asked.export_cases // 250)
            comparisons += leaving.compare(build(folder, many, min(asked.export_cases, 250)), asked.rounds)
            if asked.leaving:
                said.append(leaving.memory_shown(build(folder, asked.leaving // 250, 250)))
        if "import" in asked.parts:
            comparisons += importing.compare(build(folder, 1, asked.export_cases), asked.rounds)
        if "signals" in asked.parts:
            said.append(signals.shown(build(folder, asked.students, asked.cases), asked.rounds))
        if "packet" in asked.parts:
            said.append(packet.shown(build(folder, 1, asked.cases), asked.rounds))
        if "http" in asked.parts:
            report = serving.log_at_once(build(folder, serving.CLIENTS, 20), asked.http_cases)
    print()
    if comparisons:
        print("processor time: median, ± half of what the middle half of the rounds spans")
        print(table(comparisons))
    for each in said:
        print(each)
    if report:
        print(report.shown())
        print(*report.errors[:10], sep="\n", end="")
    after = noise(asked.rounds)
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"the machine's noise: a fixed loop took {before.shown()} before and {after.shown()} after; load {load}")
    return 1 if report and report.errors else 0


def _asked(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--students", type=int, default=800)
    parser.add_argument("--cases", type=int, default=250, help="cases of each student")
    parser.add_argument("--growth", type=int, nargs=2, default=(growth.STUDENTS, growth.CASES))
    parser.add_argument("--export-cases", type=int, default=10_000)
    parser.add_argument(
        "--leaving", type=int, default=200_000, help="cases that leave while memory is watched; 0: none"
    )
    parser.add_argument("--http-cases", type=int, default=25, help="cases that each client logs")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="what to measure; everything by default")
    asked = parser.parse_args(arguments)
    asked.parts = asked.parts or list(PARTS)
    return asked


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""How much memory counting a cohort from cold needs: `python -m bench.memory FILE STUDENTS CASES`."""

import resource
import subprocess
import sys
from pathlib import Path

from bench.world import World, opened

GOAL_MB = 300.0


def peak_mb(world: World) -> float:
    """The peak of a new process, in MB of 1,000,000 bytes."""
    sizes = [str(len(world.student_ids)), str(world.cases)]
    command = [sys.executable, "-m", "bench.memory", str(world.path), *sizes]
    return float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


def shown(world: World) -> str:
    """A line that says the peak and whether it is within the goal."""
    peak = peak_mb(world)
    cases = len(world.student_ids) * world.cases
    fits = "ok" if peak <= GOAL_MB else "MISSED"
    return f"memory: a process that counts {cases:,} cases peaks at {peak:.0f} MB; goal ≤ {GOAL_MB:.0f} MB  {fits}"


def _own_peak_mb() -> float:
    status = Path("/proc/self/status")
    if status.exists():  # what getrusage says there includes the process that started this one
        kilobytes = next(line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(kilobytes) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def main(path: str, students: str, cases: str) -> None:
    from bench.evaluation import evaluate, students_of

    world = opened(Path(path), int(students), int(cases))
    with world.app.app_context():
        evaluate(world, students_of(world))
    print(_own_peak_mb())


if __name__ == "__main__":
    main(*sys.argv[1:])

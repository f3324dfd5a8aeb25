"""What somebody who knows SQL would write by hand to count the shipped sets' requirements, for SQLite.

The inner query works out each case's flags once: the OFFSET keeps SQLite from copying them into each of the sums,
which takes more than twice as long. It comes in the order of the index on students, so no sorting is needed, and
that index (`ix_logged_case_counting`) holds all that is read.
"""

import sqlite3
import uuid
from collections.abc import Mapping
from typing import Any

from bench.world import TODAY
from caselog.domain.case import COLUMNS

REQUIREMENTS: Mapping[str, str] = {
    "clinical-perfusions": "performed AND in_window AND (open_heart OR ecmo_or_vad)",
    "primary-cpb": "performed AND in_window AND open_heart",
    "ecmo-or-vad": "performed AND in_window AND ecmo_or_vad",
    "pediatric-cpb": "pediatric AND open_heart",
    "open-heart": "performed AND open_heart",
    "valve": "performed AND valve",
    "pediatric": "performed AND pediatric",
    "emergency": "performed AND emergency",
    "complex": "performed AND complex",
}
_COMPLEX = ("aortic_root", "ascending_aorta", "hemiarch", "total_arch", "type_a_dissection",
            "descending_or_thoracoabdominal", "heart_transplant", "lung_transplant")  # fmt: skip
_FLAGS = f"""
    status = 'verified' AS verified,
    activity = 'cpb' AS open_heart,
    activity IN ('ecmo', 'ecpr', 'vad') AS ecmo_or_vad,
    age_group IN ('neonate', 'infant', 'child', 'adolescent') AS pediatric,
    role IN ('primary', 'independent') AS performed,
    instr(procedures, '_valve') > 0 AS valve,
    urgency IN ('emergent', 'salvage') AS emergency,
    redo OR procedures GLOB '*_valve*_valve*' OR {" OR ".join(f"instr(procedures, '{c}') > 0" for c in _COMPLEX)}
        AS complex,
    case_date >= '2024-08-01' AND site_id IN (
        SELECT id FROM site
        WHERE program_id = :program AND country IN ('US', 'AS', 'GU', 'MP', 'PR', 'UM', 'VI', 'CA')
    ) AS in_window
"""
_ELIGIBLE = f"setting = 'clinical' AND status IN ('verified', 'submitted') AND case_date <= '{TODAY}'"
_SUMS = ", ".join(
    f"sum(verified AND ({condition})), sum(NOT verified AND ({condition}))" for condition in REQUIREMENTS.values()
)
COHORT = f"""
    SELECT student_id, {_SUMS} FROM (
        SELECT student_id, {_FLAGS} FROM logged_case WHERE program_id = :program AND {_ELIGIBLE}
        ORDER BY student_id LIMIT -1 OFFSET 0
    ) GROUP BY student_id
"""
STUDENT = f"""
    SELECT {_SUMS} FROM (
        SELECT {_FLAGS} FROM logged_case
        WHERE program_id = :program AND student_id = :student AND {_ELIGIBLE} LIMIT -1 OFFSET 0
    )
"""

# The same as a page needs it that shows, for each requirement, which cases count: every case with its nine verdicts.
_SPELLED = {"site": "s.code", "site_country": "s.country", "rotation": "r.code", "preceptor": "p.email"}
CASE_COLUMNS = ", ".join(f"{_SPELLED.get(name, f'c.{name}')} AS {name}" for name in COLUMNS)
CASE_JOINS = """
    LEFT JOIN site s ON s.program_id = c.program_id AND s.id = c.site_id
    LEFT JOIN rotation r ON r.program_id = c.program_id AND r.id = c.rotation_id
    LEFT JOIN person p ON p.program_id = c.program_id AND p.id = c.preceptor_id
"""
_VERDICTS = ", ".join(
    f"CASE WHEN NOT eligible OR NOT ({condition}) THEN 'excluded' WHEN verified THEN 'counted' ELSE 'pending' END"
    for condition in REQUIREMENTS.values()
)
VERDICTS = f"""
    SELECT {CASE_COLUMNS}, {_VERDICTS} FROM (
        SELECT *, {_ELIGIBLE} AS eligible, {_FLAGS} FROM logged_case
        WHERE program_id = :program AND student_id = :student LIMIT -1 OFFSET 0
    ) c {CASE_JOINS}
"""

Numbers = dict[str, tuple[int, int]]  # by requirement: counted and pending


def cohort(connection: sqlite3.Connection, program_id: uuid.UUID) -> dict[uuid.UUID, Numbers]:
    rows = connection.execute(COHORT, {"program": program_id.hex}).fetchall()
    return {uuid.UUID(row[0]): _numbers(row[1:]) for row in rows}


def student(connection: sqlite3.Connection, program_id: uuid.UUID, student_id: uuid.UUID) -> Numbers:
    row = connection.execute(STUDENT, {"program": program_id.hex, "student": student_id.hex}).fetchone()
    return _numbers(row)


def verdicts(
    connection: sqlite3.Connection, program_id: uuid.UUID, student_id: uuid.UUID
) -> list[tuple[Any, ...]]:
    """Each case: its columns, then what it is to each requirement."""
    return connection.execute(VERDICTS, {"program": program_id.hex, "student": student_id.hex}).fetchall()


def _numbers(sums: tuple[Any, ...]) -> Numbers:
    return dict(zip(REQUIREMENTS, zip(sums[::2], sums[1::2], strict=True), strict=True))

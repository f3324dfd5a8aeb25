"""A ZIP that leaves member by member."""

import io
import zipfile

from caselog.exports.as_zip import distinct, zip_chunks

MEMBERS = [("ann.pdf", b"%PDF of Ann" * 10), ("ben.pdf", b""), ("ærø.pdf", b"%PDF")]


def test_the_files_come_out_as_they_went_in_and_are_the_same_bytes_each_time() -> None:
    chunks = list(zip_chunks(MEMBERS))
    assert len(chunks) == len(MEMBERS) + 1
    made = b"".join(chunks)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert archive.testzip() is None
        assert [(each.filename, archive.read(each)) for each in archive.infolist()] == MEMBERS
        assert {each.compress_type for each in archive.infolist()} == {zipfile.ZIP_STORED}
        assert {each.flag_bits & 0x8 for each in archive.infolist()} == {
            0
        }  # sizes stand in front: it can be streamed
    assert b"".join(zip_chunks(MEMBERS)) == made


def test_two_of_the_same_name_are_told_apart() -> None:
    assert distinct(["a.pdf", "A.pdf", "b.pdf", "a.pdf"]) == ["a.pdf", "A-2.pdf", "b.pdf", "a-3.pdf"]

"""A plugins.zip is unpacked whole or refused with the name of what is wrong in it, and then nothing is left."""

import io
import stat
import struct
import zipfile

import pytest
from layer_files import make_zip

from hangar_agent.archive_unpacking import Limits, UnsafeArchive, unpack_zip

SMALL = Limits(bytes=3 << 20, files=50, ratio_from_bytes=1 << 20, ratio=200)


def unpack(tmp_path, body, limits=SMALL):
    archive = tmp_path / "plugins.zip"
    archive.write_bytes(body)
    unpack_zip(archive, tmp_path / "plugins", limits)
    return tmp_path / "plugins"


def refused(tmp_path, body, limits=SMALL):
    with pytest.raises(UnsafeArchive) as caught:
        unpack(tmp_path, body, limits)
    assert [path.name for path in tmp_path.iterdir()] == ["plugins.zip"]
    return str(caught.value)


def special(name, mode, body=b"/etc/passwd"):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        member = zipfile.ZipInfo(name)
        member.create_system = 3
        member.external_attr = mode << 16
        opened.writestr(member, body)
    return buffer.getvalue()


def test_a_plugins_folder_comes_out_as_it_went_in(tmp_path):
    files = {
        "__init__.py": "",
        "hooks/my_hook.py": "A = 1\n",
        "ünïcode/дата.py": "B = 2\n",
        "x" * 250 + ".py": "C = 3\n",
    }
    folder = unpack(tmp_path, make_zip(files))
    assert {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*.py")} == files


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("/etc/cron.d/x", "absolute"),
        ("C:/x.py", "absolute"),
        ("a/../../x.py", "leads out"),
        ("../x.py", "leads out"),
        ("a//x.py", "empty part"),
        ("a\nb.py", "newline"),
        ("a\\b.py", "backslash"),
        ("a/" + "y" * 256, "255 bytes"),
        ("/".join(["d" * 200] * 6), "1,024"),
    ],
)
def test_a_name_that_leads_elsewhere_or_cannot_be_a_file_is_refused(tmp_path, name, why):
    said = refused(tmp_path, make_zip({"fine.py": "", name: ""}))
    assert why in said
    assert repr(name[:100])[:-1] in said


def test_a_name_cut_short_by_a_nul_byte_is_refused(tmp_path):
    body = make_zip({"evil.py!.txt": "x"}).replace(b"evil.py!.txt", b"evil.py\0.txt")
    assert "control character" in refused(tmp_path, body)


@pytest.mark.parametrize(("mode", "why"), [(stat.S_IFLNK | 0o777, "symbolic link"), (stat.S_IFIFO | 0o644, "neither")])
def test_links_and_special_files_are_refused(tmp_path, mode, why):
    assert why in refused(tmp_path, special("link.py", mode))


def test_a_file_and_a_folder_of_one_name_are_refused_in_either_order(tmp_path):
    assert "one name" in refused(tmp_path, make_zip({"a": "file", "a/b.py": ""}))
    assert "one name" in refused(tmp_path, make_zip({"a/b.py": "", "a": "file"}))


def test_two_files_of_one_name_are_refused_also_when_only_their_unicode_form_differs(tmp_path):
    assert "two files" in refused(tmp_path, make_zip({"caf\u00e9.py": "1", "cafe\u0301.py": "2"}))


def test_an_archive_that_grows_without_end_is_refused_before_it_is_written(tmp_path):
    assert "larger than 3 MB" in refused(tmp_path, make_zip({"zeros": b"\0" * (4 << 20)}))
    bomb = make_zip({"zeros": b"\0" * (2 << 20)})
    assert "zip bomb" in refused(tmp_path, bomb)
    assert "entries" in refused(tmp_path, make_zip({f"f{number}": "" for number in range(51)}))


def test_a_directory_that_lies_about_a_size_does_not_get_more_written(tmp_path):
    body = bytearray(make_zip({"zeros": b"\0" * (4 << 20)}))
    honest, lie = struct.pack("<I", 4 << 20), struct.pack("<I", 1000)
    assert honest in body
    assert "zeros" in refused(tmp_path, bytes(body.replace(honest, lie)))


def test_damaged_bytes_are_named_by_their_member(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as opened:
        opened.writestr("fine.py", "A = 1\n")
        opened.writestr("hurt.py", "B = 22222\n")
    said = refused(tmp_path, buffer.getvalue().replace(b"B = 22222", b"B = 33333"))
    assert "'hurt.py'" in said
    assert "damaged" in said


def test_an_encrypted_member_is_refused(tmp_path):
    body = bytearray(make_zip({"secret.py": "x"}))
    central = body.index(b"PK\x01\x02")
    body[central + 8] |= 1
    body[6] |= 1
    assert "encrypted" in refused(tmp_path, bytes(body))


@pytest.mark.parametrize("body", [b"", b"not a zip at all", make_zip({"a.py": "x" * 500})[:-30]])
def test_what_is_no_zip_is_refused_in_words(tmp_path, body):
    assert "not a zip file" in refused(tmp_path, body)


def test_what_macos_adds_is_left_out(tmp_path):
    folder = unpack(tmp_path, make_zip({"a.py": "", "__MACOSX/._a.py": "x", "sub/.DS_Store": "x"}))
    assert [path.name for path in folder.rglob("*")] == ["a.py"]

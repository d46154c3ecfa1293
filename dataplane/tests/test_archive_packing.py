"""A layer's archive: the same bytes for the same content, and never anything but plain files in their place."""

import hashlib
import io
import os
import tarfile

import pytest

from hangar_agent.archive_packing import ArchiveFault, pack, unpack


def fill(folder, order):
    for name in order:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
        os.utime(file, (1, len(name)))
    (folder / "bin" / "tool").chmod(0o744)


def test_the_same_content_is_the_same_bytes_whatever_its_order_times_and_links(tmp_path):
    names = ["bin/tool", "b.py", "a/z.py", "ünï/" + "x" * 200 + ".py"]
    fill(tmp_path / "one", names)
    fill(tmp_path / "two", reversed(names))
    (tmp_path / "cache").hardlink_to(tmp_path / "two" / "b.py")
    size, sha256 = pack(tmp_path / "one", tmp_path / "one.tar")
    assert pack(tmp_path / "two", tmp_path / "two.tar") == (size, sha256)
    body = (tmp_path / "one.tar").read_bytes()
    assert (len(body), hashlib.sha256(body).hexdigest()) == (size, sha256)


def test_what_is_packed_comes_out_again(tmp_path):
    fill(tmp_path / "one", ["bin/tool", "a/b.py"])
    pack(tmp_path / "one", tmp_path / "layer.tar")
    (tmp_path / "out").mkdir()
    unpack(tmp_path / "layer.tar", tmp_path / "out")
    assert (tmp_path / "out/a/b.py").read_text() == "a/b.py"
    assert os.access(tmp_path / "out/bin/tool", os.X_OK)


def test_a_link_in_a_package_is_not_packed(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "link").symlink_to("/etc/passwd")
    with pytest.raises(ArchiveFault, match="link"):
        pack(tmp_path / "one", tmp_path / "layer.tar")


def test_a_layer_that_is_too_large_is_not_packed(tmp_path):
    fill(tmp_path / "one", ["bin/tool"])
    with pytest.raises(ArchiveFault, match="larger"):
        pack(tmp_path / "one", tmp_path / "layer.tar", most_bytes=3)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("../x", tarfile.REGTYPE), ("/x", tarfile.REGTYPE), ("x", tarfile.SYMTYPE), ("x", tarfile.LNKTYPE)],
)
def test_an_archive_that_was_not_made_here_is_refused(tmp_path, name, kind):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, "/etc/passwd"
        tar.addfile(member)
    (tmp_path / "layer.tar").write_bytes(buffer.getvalue())
    (tmp_path / "out").mkdir()
    with pytest.raises(ArchiveFault):
        unpack(tmp_path / "layer.tar", tmp_path / "out")
    assert not any((tmp_path / "out").iterdir())

"""What the layer tests upload: zips and wheels made by hand, and a builder of a real image over a small S3."""

import base64
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src"
KEY = "l-" + "0" * 31 + "1"
PREFIX = "/hangar-control/environments/e7"


def make_zip(members):
    """Return the bytes of a zip of {name: text or bytes}."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, body in members.items():
            opened.writestr(name, body)
    return buffer.getvalue()


def make_wheel(name, version="1.0", *, requires=(), files=None, entry_points=""):
    """Return (file name, bytes) of a pure wheel with one module, or with `files`."""
    module = name.replace("-", "_")
    info = f"{module}-{version}.dist-info"
    needs = "".join(f"Requires-Dist: {each}\n" for each in requires)
    members = {
        **(files or {f"{module}.py": f"VERSION = {version!r}\n"}),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    if entry_points:
        members[f"{info}/entry_points.txt"] = entry_points
    record = "".join(f"{file},sha256={_digest(body)},{len(body.encode())}\n" for file, body in members.items())
    members[f"{info}/RECORD"] = record + f"{info}/RECORD,,\n"
    return f"{module}-{version}-py3-none-any.whl", make_zip(members)


def _digest(body):
    return base64.urlsafe_b64encode(hashlib.sha256(body.encode()).digest()).decode().rstrip("=")


def find_image(version="3.3.1"):
    """Return the bin folder of a built image: HANGAR_TEST_IMAGES, then $HANGAR_HOME; None when there is none."""
    homes = [os.environ.get("HANGAR_TEST_IMAGES"), os.environ.get("HANGAR_HOME"), str(Path.home() / ".hangar")]
    for home in filter(None, homes):
        for root in (Path(home), Path(home) / "images"):
            for python in sorted(root.glob(f"airflow-{version}-*/*/bin/python")):
                return python.parent
    return None


class Builder:
    """Runs `hangar-agent build-layer` as its task does, over a small S3."""

    def __init__(self, small_s3, folder, image_bin, version="3.3.1", **variables):
        self.s3 = small_s3
        self.folder = folder
        self.environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(folder / "home"),
            "PYTHONPATH": str(SOURCE),
            "HANGAR_ENVIRONMENT_ID": "e7",
            "HANGAR_CONTROL_BUCKET": "hangar-control",
            "HANGAR_CONTROL_PREFIX": "environments/e7/",
            "HANGAR_AIRFLOW_VERSION": version,
            "HANGAR_LAYER_KEY": KEY,
            "HANGAR_IMAGE_BIN": str(image_bin),
            "HANGAR_IMAGE_PYTHON": str(image_bin / "python"),
            "HANGAR_DATAPLANE": str(SOURCE),
            "HANGAR_TASK_FOLDER": str(folder / "task"),
            "AWS_ENDPOINT_URL": small_s3.url,
            "AWS_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "wJalr/+secret",
            **variables,
        }
        self.version = version
        self.log = ""

    def offer(self, **files):
        """Put the three files and the recipe: requirements, plugins, startup as text or bytes."""
        recipe = {"schema": 1, "key": KEY, "airflowVersion": self.version, "image": f"hangar/airflow:{self.version}"}
        for part in ("requirements", "plugins", "startup"):
            body = files.get(part)
            body = body.encode() if isinstance(body, str) else body
            if body is None:
                recipe[part] = None
                continue
            sha256 = hashlib.sha256(body).hexdigest()
            self.s3.objects[f"{PREFIX}/blobs/{sha256}"] = body
            recipe[part] = {"sha256": sha256, "size": len(body)}
        self.s3.objects[f"{PREFIX}/layers/{KEY}/recipe.json"] = json.dumps(recipe).encode()

    def run(self):
        """Return the exit code of one task."""
        (self.folder / "home").mkdir(parents=True, exist_ok=True)
        (self.folder / "task").mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            [sys.executable, "-P", "-m", "hangar_agent", "build-layer"],
            env=self.environment,
            cwd=self.folder / "task",
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        self.log = done.stdout + done.stderr
        return done.returncode

    def build(self, **files):
        """Offer and run; return the result."""
        self.offer(**files)
        assert self.run() == 0, self.log
        return self.result()

    def result(self):
        return json.loads(self.s3.objects[f"{PREFIX}/layers/{KEY}/result.json"])

    def archive(self):
        """Return the archive's members: names to bytes, folders left out."""
        body = self.s3.objects[f"{PREFIX}/layers/{KEY}/layer.tar"]
        with tarfile.open(fileobj=io.BytesIO(body)) as tar:
            return {member.name: tar.extractfile(member).read() for member in tar if member.isreg()}

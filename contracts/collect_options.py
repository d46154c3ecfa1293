"""Writes contracts/airflow-options.json: every configuration option of each Airflow version, from its own wheels.

Wheels are those an image is made of (dataplane/images), and of two providers people often add. Nothing of them is run: the
lists are read as data, from `config.yml`, `get_provider_info.py`, `deprecated_options` and `config_command.py`.

    .venv/tools/bin/python contracts/collect_options.py [folder of wheels, one below for each version; downloaded otherwise]
"""

import ast
import hashlib
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(__file__).with_name("airflow-options.json")
CONSTRAINTS = ROOT / "dataplane/images/constraints"
PROVIDERS = ["amazon", "celery", "common-io", "fab", "postgres", "smtp", "standard", "cncf-kubernetes", "openlineage"]
# Constraints leave these out; what an image of the version resolves to.
UNPINNED = {("2.11.2", "fab"): "1.5.4"}


def main() -> None:
    given = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    versions = sorted(
        (file.stem.removeprefix("airflow-") for file in CONSTRAINTS.glob("airflow-*.txt")),
        key=lambda version: [int(part) for part in version.split(".")],
    )
    with tempfile.TemporaryDirectory() as folder:
        read = {version: read_version(version, given or Path(folder), given is None) for version in versions}
    write(versions, read)


def read_version(version: str, wheels: Path, download: bool) -> dict:
    folder = wheels / version
    requirements = requirements_of(version)
    if download:
        folder.mkdir()
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        subprocess.run([*pip, "--dest", str(folder), *requirements], check=True)
    options: dict[str, bool] = {}
    sources = []
    files: dict[str, str] = {}
    for requirement in requirements:
        name, pinned = requirement.split("==")
        (wheel,) = folder.glob(f"{name.replace('-', '_')}-{pinned}-*.whl")
        texts = read_texts(wheel)
        found = sections_of(texts)
        if not found and "providers" in name:
            continue
        options |= found
        files |= texts
        sources.append({"file": wheel.name, "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest()})
    return {"options": options, "sources": sources, **changes_of(files, options)}


def requirements_of(version: str) -> list[str]:
    core = "apache-airflow-core" if int(version.split(".")[0]) >= 3 else "apache-airflow"
    pins = dict(
        match.groups()
        for match in re.finditer(
            r"^apache-airflow-providers-(\S+)==(\S+)",
            (CONSTRAINTS / f"airflow-{version}.txt").read_text(),
            re.MULTILINE,
        )
    )
    pins |= {provider: pin for (other, provider), pin in UNPINNED.items() if other == version}
    return [f"{core}=={version}", *(f"apache-airflow-providers-{p}=={pins[p]}" for p in PROVIDERS if p in pins)]


WANTED = re.compile(
    r"airflow/(config_templates/config\.yml|providers/.*get_provider_info\.py|configuration\.py"
    r"|_shared/configuration/parser\.py|cli/commands/config_command\.py)"
)


def read_texts(wheel: Path) -> dict[str, str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist() if WANTED.fullmatch(name)}


def sections_of(texts: dict[str, str]) -> dict[str, bool]:
    """`section.option` to whether it is sensitive."""
    described: dict = {}
    for name, text in texts.items():
        if name.endswith("config.yml"):
            described |= yaml.safe_load(text)
        if name.endswith("get_provider_info.py"):
            (function,) = (node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef))
            (answer,) = (node for node in function.body if isinstance(node, ast.Return))
            described |= ast.literal_eval(answer.value).get("config", {})
    return {
        f"{section}.{option}".lower(): bool(about.get("sensitive"))
        for section, content in described.items()
        for option, about in (content["options"] or {}).items()
    }


def changes_of(files: dict[str, str], options: dict[str, bool]) -> dict:
    parser = files.get("airflow/_shared/configuration/parser.py") or files["airflow/configuration.py"]
    mapped = {
        f"{old_section}.{old_option}": (f"{section}.{option}", since)
        for (section, option), (old_section, old_option, since) in literal(parser, "deprecated_options").items()
    }
    for section, (old_section, since) in literal(parser, "deprecated_sections").items():
        for name in options:
            if name.startswith(f"{section}."):
                mapped[f"{old_section}.{name.partition('.')[2]}"] = (name, since)
    for (section, option), olds in literal(parser, "many_to_one_deprecated_options", {}).items():
        mapped |= {f"{old_section}.{old}": (f"{section}.{option}", since) for old_section, old, since in olds}
    announced, gone = announced_changes(files["airflow/cli/commands/config_command.py"])
    moves = {name: target for name, target in announced.items() if name not in options} | {
        name: target for name, (target, _) in mapped.items()
    }
    renamed = {}
    for name in moves:
        target = name
        for _ in range(4):  # a name can have moved more than once
            target = moves.get(target, target)
        if target not in options or target == name:
            continue
        direct = name in mapped and mapped[name][0] == target
        renamed[name] = {"to": target, "since": mapped[name][1] if direct else None, "works": direct}
    removed = {name: why for name, why in gone.items() if name not in options and name not in renamed}
    return {"renamed": renamed, "removed": removed}


def literal(source: str, name: str, default: dict | None = None) -> dict:
    """A class attribute that is a literal."""
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.AnnAssign)
            and isinstance(node.target, ast.Name)
            and node.target.id == name
            and node.value
        ):
            return ast.literal_eval(node.value)
    if default is not None:
        return default
    raise SystemExit(f"{name} is not where it was")


def announced_changes(source: str) -> tuple[dict[str, str], dict[str, str]]:
    """What `airflow config lint` knows: old name to new name, and removed name to Airflow's own advice."""
    if "CONFIGS_CHANGES" not in source:  # 2.10 has no such command yet
        return {}, {}
    renamed: dict[str, str] = {}
    removed: dict[str, str] = {}
    (listed,) = (
        node.value
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign) and any(getattr(each, "id", "") == "CONFIGS_CHANGES" for each in node.targets)
    )
    for call in listed.elts:
        said = {keyword.arg: keyword.value for keyword in call.keywords}
        name = parameter(said["config"])
        if "renamed_to" in said:
            renamed[name] = parameter(said["renamed_to"])
        elif not {"default_change", "is_invalid_if", "remove_if_equals"} & said.keys():
            if "was_removed" not in said or ast.literal_eval(said["was_removed"]):
                removed[name] = " ".join(ast.literal_eval(said["suggestion"]).split()) if "suggestion" in said else ""
    return renamed, removed


def parameter(call: ast.Call) -> str:
    parts = [ast.literal_eval(each) for each in (*call.args, *(keyword.value for keyword in call.keywords))]
    return ".".join(parts).lower()


def write(versions: list[str], read: dict[str, dict]) -> None:
    """One fact a line, so that a new version reads as a difference."""
    options = {
        name: {
            "in": [version for version in versions if name in read[version]["options"]],
            **({"sensitive": True} if any(read[version]["options"].get(name) for version in versions) else {}),
        }
        for name in sorted({name for version in versions for name in read[version]["options"]})
    }
    text = [
        "{",
        '  "schema": 1,',
        f'  "versions": {json.dumps(versions)},',
        f'  "sources": {block({version: read[version]["sources"] for version in versions})},',
        f'  "options": {block(options)},',
        f'  "renamed": {block(merged(versions, read, "renamed"))},',
        f'  "removed": {block(merged(versions, read, "removed"))}',
        "}",
    ]
    TARGET.write_text("\n".join(text) + "\n")


def merged(versions: list[str], read: dict[str, dict], kind: str) -> dict:
    """Old name to a list of what became of it, each with the versions in which it did."""
    result: dict[str, list] = {}
    for version in versions:
        for name, became in sorted(read[version][kind].items()):
            fact = became if isinstance(became, dict) else {"advice": became}
            known = result.setdefault(name, [])
            same = next((each for each in known if {**each, "in": None} == {**fact, "in": None}), None)
            if same:
                same["in"].append(version)
            else:
                known.append({**fact, "in": [version]})
    return dict(sorted(result.items()))


def block(entries: dict) -> str:
    lines = ",\n".join(f"    {json.dumps(name)}: {json.dumps(value)}" for name, value in entries.items())
    return f"{{\n{lines}\n  }}"


if __name__ == "__main__":
    main()

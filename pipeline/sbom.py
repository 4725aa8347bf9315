"""What a wheel holds and needs, as a bill of materials in CycloneDX's JSON.

Part of the build alone, like `fonts.py`, which asks for it: hatchling puts the file into the
wheel's `.dist-info/sboms/` (PEP 770). It names what `pyproject.toml` asks for, by the range
asked for (which release is installed is decided later, elsewhere), and the font files with
the packages that they were made of, release and digest. It looks nothing up, and holds no
date and no number by chance: the same tree and packages give the same bytes.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def bill(
    *,
    name: str,
    version: str,
    licence: str,
    needs: Sequence[str],
    extras: Mapping[str, Sequence[str]],
    made_of: Mapping[str, str],
    files: Mapping[str, bytes],
) -> str:
    """A bill of materials, CycloneDX 1.6.

    `needs` and `extras` hold requirements as in `pyproject.toml`, `made_of` the packages that
    files in the wheel were made of, with their releases, `files` those files by their names.
    """
    own = f"pkg:pypi/{_normal(name)}@{version}"
    parts: dict[str, dict[str, Any]] = {}
    for package, release in made_of.items():
        reference = f"pkg:pypi/{_normal(package)}@{release}"
        parts[reference] = {"type": "data", "name": _normal(package), "version": release, "purl": reference}
    for file, data in files.items():
        digest = {"alg": "SHA-256", "content": hashlib.sha256(data).hexdigest()}
        parts[f"file:{file}"] = {"type": "file", "name": file, "hashes": [digest]}
    asked = [(one, "", "required") for one in needs]
    asked += [(one, extra, "optional") for extra in extras for one in extras[extra]]
    for requirement, extra, scope in asked:
        package = _normal(_first(requirement))
        properties = [{"name": "dozaban:requirement", "value": requirement}]
        if extra:
            properties.append({"name": "dozaban:extra", "value": extra})
        parts.setdefault(
            f"pkg:pypi/{package}",
            {"type": "library", "name": package, "scope": scope, "purl": f"pkg:pypi/{package}", "properties": properties},
        )
    whole: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": name,
                "version": version,
                "purl": own,
                "licenses": [{"license": {"id": licence}}],
            }
        },
        "components": [{**parts[reference], "bom-ref": reference} for reference in sorted(parts)],
        "dependencies": [{"ref": own, "dependsOn": sorted(parts)}],
    }
    return json.dumps(whole, indent=1, sort_keys=True) + "\n"


def _first(requirement: str) -> str:
    found = _NAME.match(requirement)
    assert found is not None, requirement
    return found[0]


def _normal(name: str) -> str:
    """A package's name as registries compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()

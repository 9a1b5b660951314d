"""Links to our own files that change when the file does, so browsers may keep them for long."""

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Flask, current_app, url_for


@lru_cache(maxsize=512)
def _digest(path: str, _modified_ns: int) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:10]


def asset(name: str) -> str:
    """Return the URL of a file below ``static/``; a missing file still gets a plain one."""
    path = Path(current_app.static_folder or "") / name
    if not path.is_file():
        return url_for("static", filename=name)
    return url_for("static", filename=name, v=_digest(str(path), path.stat().st_mtime_ns))


def init_app(app: Flask) -> None:
    app.jinja_env.globals["asset"] = asset

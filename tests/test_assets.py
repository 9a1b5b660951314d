"""Rules of the face that a machine can hold: two equal dark themes, no inline style or script."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEMPLATES = sorted(p for p in (ROOT / "templates").rglob("*.html") if "emails" not in p.parts)
TOKENS = (ROOT / "market/static/css/tokens.css").read_text("utf-8")


def declarations(block):
    return dict(re.findall(r"(--wj-[\w-]+):\s*([^;]+);", block))


def test_chosen_dark_and_system_dark_have_the_same_values():
    chosen, system = re.search(
        r'\[data-bs-theme="dark"\] \{(.*?)\n\}\n\n@media \(prefers-color-scheme: dark\) \{(.*?)\n\}\n',
        TOKENS,
        re.DOTALL,
    ).groups()
    assert declarations(chosen)
    assert declarations(chosen) == declarations(system)


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def theme(name):
    light, dark = TOKENS.split('[data-bs-theme="dark"] {', 1)
    return declarations(light if name == "light" else dark.split("\n}\n", 1)[0])


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "surface", "sunken"])
@pytest.mark.parametrize("ink", ["ink", "ink-2", "ink-3", "accent", "stop", "warn"])
def test_text_reaches_its_contrast_on_every_ground(name, ground, ink):
    values = theme(name)
    assert contrast(values[f"--wj-{ink}"], values[f"--wj-{ground}"]) >= 4.5


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(ROOT)))
def test_templates_hold_to_the_content_security_policy(path):
    text = path.read_text("utf-8")
    assert not re.search(r"<[a-z][^>{]*\sstyle=", text)
    assert not re.search(r"<[a-z][^>{]*\son[a-z]+=", text)
    for tag in re.findall(r"<script\b[^>]*>", text):
        assert "src=" in tag or 'type="application/json"' in tag
    assert "<style" not in text

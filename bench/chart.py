"""A line chart on logarithmic axes as a small SVG, legible on light and on dark pages."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

WIDTH, HEIGHT = 720, 420
LEFT, RIGHT, TOP, BOTTOM = 64, 176, 40, 52
COLOURS = ("#2563eb", "#c2410c", "#15803d", "#9333ea")
DARK_COLOURS = ("#93c5fd", "#fdba74", "#86efac", "#d8b4fe")


@dataclass(frozen=True)
class Line:
    """Points (x, y), both above 0; `colour` counts from 0, `dashed` marks a second kind."""

    name: str
    points: Sequence[tuple[float, float]]
    colour: int
    dashed: bool = False


def write_chart(path: Path, title: str, axes: tuple[str, str], lines: Sequence[Line]) -> None:
    """Draw the lines between powers of ten that hold every point; `axes` name x and y."""
    xs = [x for line in lines for x, _ in line.points]
    ys = [y for line in lines for _, y in line.points]
    scale = _Scale(min(xs), max(xs), *_decades(ys))
    ticks = sorted(set(xs))
    body = [
        *(_vertical(scale.x(x), f"{x:g}") for x in ticks),
        *(
            _horizontal(scale.y(10.0**n), f"{10.0**n:g}")
            for n in range(scale.first, scale.last + 1)
        ),
        *(_path(scale, line) for line in lines),
        *_legend(lines),
        _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, axes[0], "middle"),
        _text(LEFT, TOP - 16, axes[1], "start"),
    ]
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">'
        f"<title>{escape(title)}</title>{_style()}{''.join(body)}</svg>\n",
        encoding="utf-8",
    )


@dataclass(frozen=True)
class _Scale:
    low_x: float
    high_x: float
    first: int
    last: int

    def x(self, value: float) -> float:
        share = math.log(value / self.low_x) / math.log(self.high_x / self.low_x)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        share = (math.log10(value) - self.first) / (self.last - self.first)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def _decades(values: Sequence[float]) -> tuple[int, int]:
    first = math.floor(math.log10(min(values)))
    return first, max(first + 1, math.ceil(math.log10(max(values))))


def _style() -> str:
    def rules(ink: str, grid: str, colours: Sequence[str]) -> str:
        lines = "".join(f".c{n}{{stroke:{c}}}" for n, c in enumerate(colours))
        return f"text{{fill:{ink}}}.grid{{stroke:{grid}}}{lines}"

    return (
        "<style>text{font:13px system-ui,sans-serif}"
        "path{fill:none;stroke-width:2}.grid{stroke-width:1}"
        f"{rules('#374151', '#d1d5db', COLOURS)}"
        f"@media(prefers-color-scheme:dark){{{rules('#e5e7eb', '#4b5563', DARK_COLOURS)}}}</style>"
    )


def _path(scale: _Scale, line: Line) -> str:
    way = "L".join(f"{scale.x(x):.1f} {scale.y(y):.1f}" for x, y in line.points)
    dash = ' stroke-dasharray="6 4"' if line.dashed else ""
    return f'<path class="c{line.colour}"{dash} d="M{way}"/>'


def _legend(lines: Sequence[Line]) -> list[str]:
    left = WIDTH - RIGHT + 14
    rows = []
    for number, line in enumerate(lines):
        y = TOP + 10 + 22 * number
        dash = ' stroke-dasharray="6 4"' if line.dashed else ""
        rows.append(f'<path class="c{line.colour}"{dash} d="M{left} {y}h22"/>')
        rows.append(_text(left + 28, y + 4, line.name, "start"))
    return rows


def _vertical(x: float, label: str) -> str:
    line = f'<path class="grid" d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}"/>'
    return line + _text(x, HEIGHT - BOTTOM + 18, label, "middle")


def _horizontal(y: float, label: str) -> str:
    line = f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>'
    return line + _text(LEFT - 8, y + 4, label, "end")


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'

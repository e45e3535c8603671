#!/usr/bin/env python3
"""Draws docs/images/matching.svg from docs/images/matching.json: seconds and megabytes by set size, both on
logarithmic axes. The figures are those of docs/performance.md."""
import json
import math
import pathlib

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "docs" / "images"
COLOURS = {"Parley": "#0b6e4f", "volepsi": "#b5651d"}
WIDTH, HEIGHT, LEFT, TOP, PLOT_W, PLOT_H = 880, 380, 70, 60, 330, 250


def panel(data, key, unit, offset):
    values = [value for series in data["series"] for value in series[key]]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    sizes = [math.log2(size) for size in data["sets"]]
    x = lambda size: offset + (math.log2(size) - sizes[0]) / (sizes[-1] - sizes[0]) * PLOT_W
    y = lambda value: TOP + PLOT_H - (math.log10(value) - low) / (high - low) * PLOT_H
    out = [f'<text x="{offset}" y="{TOP - 18}" class="title">{unit}</text>']
    for power in range(low, high + 1):
        at = y(10 ** power)
        out.append(f'<line x1="{offset}" x2="{offset + PLOT_W}" y1="{at:.1f}" y2="{at:.1f}" class="grid"/>')
        out.append(f'<text x="{offset - 8}" y="{at + 4:.1f}" text-anchor="end">{10 ** power:g}</text>')
    for size in data["sets"]:
        out.append(f'<text x="{x(size):.1f}" y="{TOP + PLOT_H + 22}" text-anchor="middle">2<tspan dy="-5" '
                   f'font-size="10">{int(math.log2(size))}</tspan></text>')
    for series in data["series"]:
        points = [(x(size), y(value)) for size, value in zip(data["sets"], series[key])]
        colour = COLOURS[series["name"]]
        out.append('<polyline points="' + " ".join(f"{a:.1f},{b:.1f}" for a, b in points) +
                   f'" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        out += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="4" fill="{colour}"/>' for a, b in points]
        a, b = points[1]
        above = series["name"] == "volepsi"
        out.append(f'<text x="{a - 22 if above else a + 6:.1f}" y="{b - 14 if above else b + 22:.1f}" text-anchor="middle" '
                   f'style="fill:{colour}" class="name">{series["name"]}</text>')
    return out


def main():
    data = json.loads((FOLDER / "matching.json").read_text())
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
             "<title>Malicious-secure matching: seconds and megabytes by set size</title>",
             "<style>text{font:13px sans-serif;fill:#333}.title{font-weight:bold}.name{font-weight:bold}"
             ".grid{stroke:#ddd}</style>", f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>']
    parts += panel(data, "seconds", "seconds, wall, one core a party", LEFT)
    parts += panel(data, "megabytes", "megabytes, both directions", LEFT + PLOT_W + 100)
    parts.append(f'<text x="{WIDTH / 2}" y="{HEIGHT - 14}" text-anchor="middle">items of each side</text></svg>')
    (FOLDER / "matching.svg").write_text("\n".join(parts) + "\n")


if __name__ == "__main__":
    main()

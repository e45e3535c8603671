#!/usr/bin/env python3
"""Draws docs/images/taxii.svg from docs/images/taxii.json, which is what `bench_taxii --json --sizes` printed: requests a second
of Parley, nginx and OpenTAXII by case, and of Parley by the size of the collection, on logarithmic axes."""
import json
import math
import pathlib
from xml.sax.saxutils import escape

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "docs" / "images"
BARS = [("Parley", "requests_per_s", "#0b6e4f"), ("nginx, static files", "nginx_requests_per_s", "#8a8a8a"),
        ("OpenTAXII", "opentaxii_requests_per_s", "#b5651d")]
LINES = ["#0b6e4f", "#b5651d", "#8a8a8a", "#33608c", "#7b4397", "#a8323e"]
WIDTH, LEFT, TOP, BAR, GAP, PLOT = 920, 335, 70, 11, 12, 500


def grid(low, high, x, top, bottom):
    out = []
    for power in range(low, high + 1):
        at = x(10 ** power)
        out.append(f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{top}" y2="{bottom}" class="grid"/>')
        out.append(f'<text x="{at:.1f}" y="{bottom + 18}" text-anchor="middle">{10 ** power:,}</text>')
    return out


def bars(runs):
    """The cases; gives the lines and where they end."""
    shown = [bar for bar in BARS if any(bar[1] in run for run in runs)]
    values = [run[key] for run in runs for _, key, _ in shown if key in run]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    x = lambda value: LEFT + (math.log10(value) - low) / (high - low) * PLOT
    rows, at = [], TOP
    for run in runs:
        there = [(key, colour) for _, key, colour in BARS if key in run]
        rows.append(f'<text x="{LEFT - 10}" y="{at + len(there) * BAR / 2 + 4:.1f}" text-anchor="end">{escape(run["case"])}</text>')
        for key, colour in there:
            rows.append(f'<rect x="{LEFT}" y="{at}" width="{x(run[key]) - LEFT:.1f}" height="{BAR - 2}" fill="{colour}"/>')
            rows.append(f'<text x="{x(run[key]) + 5:.1f}" y="{at + 8}" class="small">{run[key]:,.0f}</text>')
            at += BAR
        at += GAP
    key = [f'<rect x="{LEFT + 170 * i}" y="{TOP - 38}" width="11" height="11" fill="{colour}"/>'
           f'<text x="{LEFT + 170 * i + 17}" y="{TOP - 28}">{name}</text>' for i, (name, _, colour) in enumerate(shown)]
    return key + grid(low, high, x, TOP - 8, at) + rows, at + 30


def sizes(data, top):
    """Requests a second over the size of the collection."""
    if len(data) < 2:
        return [], top
    names = list(data[0]["requests_per_s"])
    counts = [one["objects"] for one in data]
    values = [value for one in data for value in one["requests_per_s"].values()]
    low, high, height = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values))), 200
    x = lambda count: LEFT + (math.log10(count) - math.log10(counts[0])) / (math.log10(counts[-1]) - math.log10(counts[0])) * (PLOT - 60)
    y = lambda value: top + 30 + height - (math.log10(value) - low) / (high - low) * height
    out = [f'<text x="{LEFT}" y="{top + 14}" class="title">requests a second by the objects of the collection</text>']
    for power in range(low, high + 1):
        at = y(10 ** power)
        out.append(f'<line x1="{LEFT}" x2="{LEFT + PLOT - 60}" y1="{at:.1f}" y2="{at:.1f}" class="grid"/>')
        out.append(f'<text x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{10 ** power:,}</text>')
    for count in counts:
        out.append(f'<text x="{x(count):.1f}" y="{top + height + 50}" text-anchor="middle">{count:,}</text>')
    for number, name in enumerate(names):
        colour = LINES[number % len(LINES)]
        points = [(x(one["objects"]), y(one["requests_per_s"][name])) for one in data]
        out.append('<polyline points="' + " ".join(f"{a:.1f},{b:.1f}" for a, b in points) + f'" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        out += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="4" fill="{colour}"/>' for a, b in points]
        out.append(f'<rect x="20" y="{top + 34 + 22 * number}" width="11" height="11" fill="{colour}"/>'
                   f'<text x="38" y="{top + 44 + 22 * number}">{escape(name)}</text>')
    return out, top + height + 70


def main():
    data = json.loads((FOLDER / "taxii.json").read_text())
    first, end = bars(data["runs"])
    second, end = sizes(data.get("sizes", []), end)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {end}" role="img">',
             "<title>TAXII over TLS: requests a second</title>",
             "<style>text{font:13px sans-serif;fill:#333}.title{font-weight:bold}.small{font-size:10px}.grid{stroke:#ddd}</style>",
             f'<rect width="{WIDTH}" height="{end}" fill="white"/>', *first, *second, "</svg>"]
    (FOLDER / "taxii.svg").write_text("\n".join(parts) + "\n")


if __name__ == "__main__":
    main()

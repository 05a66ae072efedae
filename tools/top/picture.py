#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""picture.py COLUMNS ROWS < CAPTURE > SVG: a terminal's screen, as `tmux capture-pane -e -p` prints it, as a picture."""

import re
import sys
from html import escape

CELL_W, CELL_H, PAD = 8.4, 18, 12
NORMAL, GROUND = "#d8dee9", "#1d222b"
BASE = ["#3b4252", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#abb2bf"]
BRIGHT = ["#5c6370", "#ff7b86", "#b5e890", "#ffd68a", "#82c7ff", "#e29bf5", "#7fdbe6", "#ffffff"]


def colour(n):
    """Colour n of the 256 of a terminal."""
    if n < 16:
        return (BASE + BRIGHT)[n]
    if n >= 232:
        return "#" + f"{8 + 10 * (n - 232):02x}" * 3
    levels = [0, 95, 135, 175, 215, 255]
    n -= 16
    return "#" + "".join(f"{levels[n // d % 6]:02x}" for d in (36, 6, 1))


class Style:
    def __init__(self):
        self.fg, self.bg, self.bold, self.reverse, self.dim = NORMAL, None, False, False, False

    def apply(self, codes):
        codes = [int(c or 0) for c in codes.split(";")]
        while codes:
            c = codes.pop(0)
            if c == 0:
                self.__init__()
            elif c in (1, 2, 7):
                setattr(self, {1: "bold", 2: "dim", 7: "reverse"}[c], True)
            elif c in (22, 27):
                self.bold = self.dim = False if c == 22 else self.bold
                self.reverse = self.reverse if c == 22 else False
            elif 30 <= c <= 37 or 90 <= c <= 97:
                self.fg = (BASE if c < 90 else BRIGHT)[c % 10]
            elif 40 <= c <= 47 or 100 <= c <= 107:
                self.bg = (BASE if c < 100 else BRIGHT)[c % 10]
            elif c in (38, 48) and codes[:1] == [5]:
                setattr(self, "fg" if c == 38 else "bg", colour(codes[1]))
                del codes[:2]
            elif c == 39:
                self.fg = NORMAL
            elif c == 49:
                self.bg = None

    def colours(self):
        return (self.bg or GROUND, self.fg) if self.reverse else (self.fg, self.bg)


SHADES = {"\u2588": 1, "\u2593": 0.75, "\u2592": 0.5, "\u2591": 0.25}
# Lines from the middle of a cell: left, right, up, down.
LINES = {"\u2500": "lr", "\u2501": "lr", "\u2502": "ud", "\u2514": "ur", "\u251c": "udr", "\u2524": "udl", "\u252c": "lrd",
         "\u2534": "lru"}
DOTS = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)]  # of U+2800, bit by bit


def is_drawn(ch):
    """Whether a character is a shape, which no font of the reader's has to have."""
    return ch in SHADES or ch in LINES or "\u2581" <= ch <= "\u2587" or "\u2800" <= ch <= "\u28ff"


def rectangles(text, x, y, fg):
    """Blocks: a rectangle for each stretch of the same one."""
    for m in re.finditer(r"([\u2581-\u2588\u2591-\u2593])\1*", text):
        ch, left, width = m[1], x + m.start() * CELL_W, len(m[0]) * CELL_W
        high = CELL_H if ch in SHADES else CELL_H * (ord(ch) - 0x2580) / 8
        opacity = SHADES.get(ch, 1)
        extra = f' opacity="{opacity}"' if opacity < 1 else ""
        print(f'<rect x="{left:.1f}" y="{y + CELL_H - high:.1f}" width="{width:.1f}" height="{high:.1f}" fill="{fg}"{extra}/>')


def lines(text, x, y, fg):
    """What axes and rules are made of."""
    path = ""
    for i, ch in enumerate(text):
        cx, cy = x + (i + 0.5) * CELL_W, y + CELL_H / 2
        for way in LINES.get(ch, ""):
            path += f"M{cx:.1f} {cy:.1f}" + {"l": f"h-{CELL_W / 2}", "r": f"h{CELL_W / 2}", "u": f"v-{CELL_H / 2}",
                                             "d": f"v{CELL_H / 2}"}[way]
    if path:
        print(f'<path d="{path}" stroke="{fg}" stroke-width="1"/>')


def braille(text, x, y, fg):
    """Dots as dashes without length: a line for each stretch of them."""
    dot_w, dot_h, path = CELL_W / 2, CELL_H / 4, ""
    for row in range(4):
        bits = [1 << b for b, at in sorted(enumerate(DOTS), key=lambda d: d[1]) if at[1] == row]
        there = "".join("x" if "\u2800" <= ch <= "\u28ff" and ord(ch) - 0x2800 & bit else " " for ch in text for bit in bits)
        for m in re.finditer("x+", there):
            left, right = (x + (at + 0.5) * dot_w for at in (m.start(), m.end() - 0.9))
            path += f"M{left:.1f} {y + (row + 0.5) * dot_h:.1f}H{right:.1f}"
    if path:
        print(f'<path d="{path}" stroke="{fg}" stroke-width="3.4" stroke-linecap="round" stroke-dasharray="0 {dot_w}"/>')


def runs(line, style):
    """(column, text, foreground, background, bold) of each stretch of one style."""
    column = 0
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        if part.startswith("\x1b"):
            style.apply(part[2:-1])
        elif part:
            yield column, part, *style.colours(), style.bold, style.dim
            column += len(part)


def main():
    columns, rows = int(sys.argv[1]), int(sys.argv[2])
    width, height = columns * CELL_W + 2 * PAD, rows * CELL_H + 2 * PAD
    print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
          f'viewBox="0 0 {width:.0f} {height:.0f}">\n'
          f'<rect width="100%" height="100%" rx="8" fill="{GROUND}"/>\n'
          '<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14" xml:space="preserve">')
    style = Style()
    for row, line in enumerate(sys.stdin.read().split("\n")[:rows]):
        for column, text, fg, bg, bold, dim in runs(line, style):
            x, y, w = PAD + column * CELL_W, PAD + row * CELL_H, len(text) * CELL_W
            if bg:
                print(f'<rect x="{x:.1f}" y="{y}" width="{w:.1f}" height="{CELL_H}" fill="{bg}"/>')
            extra = ' opacity="0.6"' if dim else ""
            if any(map(is_drawn, text)):
                print(f"<g{extra}>")
                for draw in (rectangles, lines, braille):
                    draw(text, x, y, fg)
                print("</g>")
            # Words apart, so that each begins in its column whatever the font is.
            for m in re.finditer(r"\S+( \S+)*", "".join(" " if is_drawn(ch) else ch for ch in text)):
                print(f'<text x="{x + m.start() * CELL_W:.1f}" y="{y + 14}" fill="{fg}" '
                      f'textLength="{len(m[0]) * CELL_W:.1f}" lengthAdjust="spacingAndGlyphs"'
                      f'{" font-weight=" + chr(34) + "bold" + chr(34) if bold else ""}{extra}>{escape(m[0])}</text>')
    print("</g>\n</svg>")


if __name__ == "__main__":
    main()

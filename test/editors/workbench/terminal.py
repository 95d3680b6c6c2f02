#!/usr/bin/env python3
"""terminal.py OPSC PICTURE.png: Neovim with the plugin and the language server in a real terminal, as a picture."""
import html
import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
HERE = pathlib.Path(__file__).resolve().parent
COLUMNS, ROWS, PATIENCE = 104, 34, 60
BASIC = "000000 cd3131 0dbc79 e5e510 2472c8 bc3fbc 11a8cd d4d4d4 666666 f14c4c 23d18b f5f543 3b8eea d670d6 29b8db ffffff".split()


def tmux(*words):
    return subprocess.run(["tmux", "-L", "opsc-picture", "-f", "/dev/null", *words], capture_output=True, text=True).stdout


def colour(number):
    if number < 16:
        return "#" + BASIC[number]
    if number >= 232:
        return "#" + f"{8 + (number - 232) * 10:02x}" * 3
    levels = [0, 95, 135, 175, 215, 255]
    number -= 16
    return "#%02x%02x%02x" % (levels[number // 36], levels[number // 6 % 6], levels[number % 6])


def style_of(codes, style):
    """The style after an escape sequence `ESC [ codes m`."""
    codes = [int(code or 0) for code in codes.split(";")]
    style = dict(style)
    while codes:
        code = codes.pop(0)
        if code == 0:
            style = {}
        elif code == 1:
            style["font-weight"] = "bold"
        elif code in (4, 7):
            style["underline" if code == 4 else "reverse"] = True
        elif code in (24, 27):
            style.pop("underline" if code == 24 else "reverse", None)
        elif code in (38, 48):
            key, kind = ("color" if code == 38 else "background"), codes.pop(0)
            style[key] = colour(codes.pop(0)) if kind == 5 else "#%02x%02x%02x" % tuple(codes.pop(0) for _ in range(3))
        elif code in (39, 49):
            style.pop("color" if code == 39 else "background", None)
        elif 30 <= code % 60 <= 37 or 40 <= code % 60 <= 47:
            bright = 8 if code >= 90 else 0
            style["color" if code % 60 < 40 else "background"] = colour(code % 10 + bright)
    return style


def span(text, style):
    style = dict(style)
    if style.pop("reverse", False):
        style["color"], style["background"] = style.get("background", "#1e1e1e"), style.get("color", "#d4d4d4")
    if style.pop("underline", False):
        style["text-decoration"] = "underline"
    css = ";".join(f"{key}:{value}" for key, value in style.items())
    return f'<span style="{css}">{html.escape(text)}</span>'


def page(screen):
    style, out = {}, []
    for part in re.split(r"(\x1b\[[\d;]*m)", re.sub(r"\x1b\[[\d;:]*[^m\d;:]|\x1b\(B|\x0f", "", screen)):
        found = re.fullmatch(r"\x1b\[([\d;]*)m", part)
        if found:
            style = style_of(found[1], style)
        else:
            out.append(span(part, style))
    return ('<meta charset="utf-8"><body style="margin:0;background:#1e1e1e;color:#d4d4d4">'
            f'<pre style="font:15px/19px DejaVu Sans Mono,monospace;margin:8px 10px">{"".join(out)}</pre>')


def shows(text):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if text in tmux("capture-pane", "-p"):
            return
        time.sleep(0.2)
    sys.exit(f"not seen: {text}\n" + tmux("capture-pane", "-p"))


def main():
    opsc, picture = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "main.ops"
        file.write_text((HERE / "project/main.ops.in").read_text())
        setup = [f"set rtp^={ROOT}/editors/nvim", f"let g:ops_opsc = '{pathlib.Path(opsc).resolve()}'",
                 "set termguicolors number signcolumn=yes noswapfile laststatus=2", "syntax on", "colorscheme desert",
                 "hi Normal guibg=#1e1e1e | hi SignColumn guibg=#1e1e1e | hi NonText guibg=#1e1e1e",
                 "hi LineNr guifg=#707070 | hi Operator guifg=#d4d4d4 | hi Pmenu guifg=#d4d4d4 guibg=#303030 | hi PmenuSel guibg=#264f78"]
        commands = [word for line in setup for word in ("--cmd", line)]
        try:
            tmux("new-session", "-d", "-x", str(COLUMNS), "-y", str(ROWS), "nvim", "--clean", *commands, str(file))
            shows("retires")
            shows("has no field")
            tmux("send-keys", "22Go", "ok", "C-x", "C-o")
            shows("ok_codes")
            made = page(tmux("capture-pane", "-p", "-e"))
        finally:
            tmux("kill-server")
        (pathlib.Path(folder) / "page.html").write_text(made)
        size = f"--window-size={COLUMNS * 9 + 24},{ROWS * 19 + 16}"
        subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", size,
                        f"--screenshot={picture}", f"file://{folder}/page.html"], check=True, capture_output=True)
    print(f"made {picture.name}")


if __name__ == "__main__":
    main()

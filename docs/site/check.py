"""Check a built site: python docs/site/check.py FOLDER. Each link leads to a file and an anchor."""

import re
import sys
from functools import cache
from pathlib import Path
from urllib.parse import unquote

LINK = re.compile(r'(?:href|src)="([^"]*)"')
INLINE = re.compile(r"<p><code>((?:bash|console|jinja|python|text|yaml) [^<]{0,40})")
ANCHOR = re.compile(r'(?:id|name)="([^"]*)"')


def broken(folder: Path) -> list[str]:
    """What is wrong, "page: what": links that lead nowhere or load from other hosts; blocks of code shown as a line."""
    found = []
    for page in sorted(folder.rglob("*.html")):
        if page.name == "404.html":  # its links are from the root of a host
            continue
        text = page.read_text("utf-8")
        found += [f"{page.relative_to(folder)}: a block of code that is none: {one}" for one in INLINE.findall(text)]
        found += [f"{page.relative_to(folder)}: loads {one}" for one in re.findall(r'src="(https?:[^"]*)"', text)]
        for link in dict.fromkeys(LINK.findall(text)):
            target, _, anchor = unquote(link.partition("?")[0]).partition("#")
            if target.startswith(("http:", "https:", "mailto:", "data:")):
                continue
            path = (page.parent / target).resolve() if target else page
            path = path / "index.html" if path.is_dir() else path
            if not path.is_file() or (anchor and path.suffix == ".html" and anchor not in anchors(path)):
                found.append(f"{page.relative_to(folder)}: {link}")
    return found


@cache
def anchors(page: Path) -> frozenset[str]:
    """The places in a page that links can lead to."""
    return frozenset(ANCHOR.findall(page.read_text("utf-8")))


if __name__ == "__main__":
    if wrong := broken(Path(sys.argv[1])):
        sys.exit("\n".join(["Broken pages:", *wrong]))

"""What every file keeps to: length, no inline style or script, nothing of the machine it was written on."""

import re
from pathlib import Path

import pytest

from tests.structure.source import ROOT, files, name, text

LONGEST = 450  # lines; DESIGN asks for about 400
MACHINE = re.compile(
    "|".join(
        [
            r"/" + r"work/",
            r"/" + r"root/",
            r"/" + r"home/[a-z]",
            r"index" + r"-url",
            r"py" + r"pi\.",
            r"python" + r"hosted",
            r"arti" + r"factory",
        ]
    )
)
INLINE = {
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "a style element": re.compile(r"<style[\s>]", re.IGNORECASE),
    "an inline script": re.compile(
        r"<script(?![^>]*\s(?:src|type=\"(?:application/json|importmap)\"))[^>]*>", re.IGNORECASE
    ),
    "an event attribute": re.compile(r"<[^>]*\son[a-z]+\s*=\s*[\"']", re.IGNORECASE),
    "a javascript link": re.compile(r"javascript:", re.IGNORECASE),
}


def test_files_stay_short() -> None:
    long = {
        name(path): lines
        for path in files(".py", ".js", ".css", ".html", ".sh", "")
        if "migrations" not in path.parts and (lines := text(path).count("\n")) > LONGEST
    }
    assert long == {}, "split them: a file near 400 lines is asking for it (EXAMPLES, habit 11)"


@pytest.mark.parametrize("what", INLINE)
def test_templates_hold_no(what: str) -> None:
    """The content security policy would refuse it, in the browser and nowhere else."""
    found = [
        f"{name(path)}: {match.group(0)[:60]}"
        for path in files(".html")
        for match in INLINE[what].finditer(re.sub(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}", "", text(path)))
    ]
    assert found == []


def test_no_file_names_the_machine_it_was_written_on_or_a_package_index() -> None:
    found = [
        f"{name(path)}:{number}: {line.strip()[:80]}"
        for path in files()
        for number, line in enumerate(text(path).splitlines(), 1)
        if MACHINE.search(line)
    ]
    assert found == []


def test_relative_links_in_documents_lead_somewhere() -> None:
    broken = [
        f"{name(path)} → {target}"
        for path in files(".md")
        for target in re.findall(r"\]\(([^)#\s]+)", text(path))
        if not re.match(r"[a-z]+:", target) and not (path.parent / target).exists()
    ]
    assert broken == []


def test_every_test_folder_is_a_package() -> None:
    folders = {path.parent for path in files(".py", under=("tests",)) if path.name.startswith("test_")}
    assert [name(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_the_search_would_find_them() -> None:
    """The tests above are no use if they look at nothing."""
    assert sum(1 for _ in files(".html")) > 20
    assert Path(__file__) in set(files(".py", under=("tests",)))
    assert INLINE["an inline script"].search('<script type="module">go()</script>')
    assert not INLINE["an inline script"].search('<script type="module" src="/static/a.js"></script>')
    assert INLINE["a style attribute"].search('<p class="x" style="color:red">')
    assert INLINE["an event attribute"].search('<a href="#" onclick="go()">')
    assert MACHINE.search("see " + "/" + "work/" + "x")
    assert (ROOT / "manage.py").exists()

"""Completion in the shells themselves: their own questions, and a TAB at a terminal."""

from __future__ import annotations

import shutil

import pytest
from shells import SHARE, bash, zsh

from cbzsafe.cli.command import COMMANDS
from cbzsafe.cli.offers import offers

ALIAS = "alias gallery-dl='cbzsafe --pack asked'"

SYSTEMS = "/usr/share/bash-completion/bash_completion"
"""The package bash-completion, which loads a program's completion when it is first needed."""

KEYS = [
    ("cbzsafe chec\t", "cbzsafe check "),
    ("cbzsafe --config-ig\t", "cbzsafe --config-ignore "),
    ("cbzsafe --pack=al\t", "cbzsafe --pack=always "),
    ("cbzsafe --pack al\t", "cbzsafe --pack always "),
    ("cbzsafe --publish-to=Com\t", "cbzsafe --publish-to=Comics/"),
    ("cbzsafe --report=no\t", "cbzsafe --report=notes.txt "),
    ("cbzsafe check on\t", "cbzsafe check one\\ two.cbz "),
    ("cbzsafe check My\\ B\t", "cbzsafe check My\\ Books/"),
    ("cbzsafe check ~/C\t", "cbzsafe check ~/Comics/"),
    ("cbzsafe https://e.org/a:b?c= --publ\t", "cbzsafe https://e.org/a:b?c= --publish-to "),
    ("cbzsafe u -- --publ\t", "cbzsafe u -- --publ"),
    ("cbzsafe https://e.org/\t", "cbzsafe https://e.org/"),
    ("~/.bin/cbzsafe --publ\t", "~/.bin/cbzsafe --publish-to "),
    ("gallery-dl --publ\t", "gallery-dl --publish-to "),
    ("gallery-dl chec\t", "gallery-dl chec"),
]
"""What is typed, and what the line then is."""


def installed(shells, place, script):
    """Put a script where an installer does, below a folder in which shells look."""
    folder = shells.folder / ".share" / place
    folder.mkdir(parents=True)
    shutil.copy(SHARE / script, folder)
    shells.variables["XDG_DATA_DIRS"] = str(shells.folder / ".share")


def test_bash_completes_at_a_terminal(shells):
    """A TAB gives words, values behind an equals sign, quoted paths, and nothing for URLs."""
    with bash(shells, f"{ALIAS}\ncomplete -o nosort -F _cbzsafe gallery-dl") as terminal:
        assert [terminal.typed(keys) for keys, _ in KEYS] == [line for _, line in KEYS]


def test_bash_completes_beside_the_package_bash_completion(shells):
    """The package finds the script where it is installed, loads it at the first TAB, and agrees."""
    installed(shells, "bash-completion/completions", "cbzsafe.bash")
    keys = [pair for pair in KEYS if pair[0].startswith("cbzsafe -")][:4]
    with bash(shells, f"complete -r\nunset -f _cbzsafe\nsource {SYSTEMS}") as terminal:
        assert [terminal.typed(keys) for keys, _ in keys] == [line for _, line in keys]


def test_bash_s_function_gives_what_click_and_argparse_have(shells):
    """Every option of a run is in COMPREPLY, in the order of the help."""
    expected = [word for word, _ in offers(["cbzsafe", "-"]).words]
    assert shells.bash("cbzsafe -", "-") == expected
    assert shells.bash("cbzsafe ", "") == list(COMMANDS)


def test_zsh_completes_at_a_terminal(shells):
    """A TAB gives words, values behind an equals sign, quoted paths, and nothing for URLs."""
    with zsh(shells, ALIAS) as terminal:
        assert [terminal.typed(keys) for keys, _ in KEYS] == [line for _, line in KEYS]


def test_zsh_shows_what_each_word_is(shells):
    """The list of commands has their help beside them."""
    with zsh(shells) as terminal:
        terminal.typed("cbzsafe \t")
        screen = terminal.seen("Save what can be proved of damaged ones")
    for name, entry in COMMANDS.items():
        assert f"{name} " in screen
        assert entry.help.removesuffix(".") in screen


def test_zsh_takes_the_script_from_a_start_file_too(shells):
    """What `eval` is given behind compinit works as the installed file does."""
    with zsh(shells, 'unfunction _cbzsafe; eval "$(cbzsafe completion zsh)"') as terminal:
        assert terminal.typed("cbzsafe --histo\t") == "cbzsafe --history "


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("cbzsafe --pack ", {"always", "asked", "never"}),
        ("cbzsafe --pack=a", {"--pack=always", "--pack=asked"}),
        ("cbzsafe check ", {"B.CBZ", "Comics/", "My Books/", "one two.cbz"}),
        ("cbzsafe check 'My", {"My Books/"}),
        ("cbzsafe check ~/C", {"~/Comics/"}),
        ("cbzsafe -d ", {"Comics/", "My Books/"}),
        ("cbzsafe --report=no", {"--report=notes.txt"}),
        ("cbzsafe https://e.org/", set()),
        ("cbzsafe u -- --pac", set()),
        ("gallery-dl --pac", {"--pack"}),
        ("gallery-dl chec", set()),
    ],
)
def test_fish_offers_what_may_stand_there(shells, line, expected):
    """Fish's own `complete -C` gives words, values, paths, and nothing for URLs."""
    assert set(shells.fish(line, ALIAS)) == expected


def test_fish_shows_what_each_option_is(shells):
    """Every long option has the first sentence of its help beside it."""
    assert shells.fish("cbzsafe --") == dict(offers(["cbzsafe", "--"]).words)


def test_fish_finds_the_script_where_it_is_installed(shells):
    """No line in a start file is needed where fish looks by itself."""
    installed(shells, "fish/vendor_completions.d", "cbzsafe.fish")
    assert shells.run(["fish"], "complete -C 'cbzsafe --pack as'") == ["asked"]

"""Settings of receivers and playbooks: what is wrong is told with file and line before anything runs."""

from pathlib import Path

import pytest

from engine.settings import ConfigError, load


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("playbooks:\n  programs:\n    - {name: a, path: bin/a}\n", "programs[0].path: 'bin/a' is no abs"),
        ("playbooks:\n  programs: [{name: a, path: /a, arguments: ['[a']}]\n", "is no regular expression"),
        ("playbooks:\n  programs: [{name: a, path: /a}, {name: a, path: /b}]\n", "a second program called 'a'"),
        ("playbooks: {folder: /no/such/folder}\n", "noc.yaml:1: playbooks.folder: there is no folder"),
        ("notify:\n  receivers:\n    - {name: d, kind: webhook, url: 'http://127.0.0.1/', fallback: e}\n",
         "noc.yaml:3: notify.receivers[0].fallback: there is no other receiver 'e'"),
        ("notify: {receivers: [{name: d, kind: webhook, url: 'http://127.0.0.1/', timeout: 31s}]}\n", "timeout"),
        ("notify: {receivers: [{name: d, kind: pagerduty, token_file: k}]}\n", "'events.pagerduty.com' is not"),
        ("notify: {receivers: [{name: d, kind: slack, token_file: k, channel: '#n'}]}\n", "'slack.com' is not"),
    ],
)  # fmt: skip
def test_what_is_wrong(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "noc.yaml").write_text(text)
    with pytest.raises(ConfigError) as error:
        load(tmp_path / "noc.yaml", {})
    assert told in str(error.value)


def test_what_is_right(tmp_path: Path) -> None:
    (tmp_path / "noc.yaml").write_text(
        "notify:\n  allow: ['*.slack.com', slack.com]\n  receivers:\n"
        "    - {name: a, kind: slack, token_file: k, channel: '#n', fallback: b}\n"
        "    - {name: b, kind: email, to: [x@y.example], smtp: '127.0.0.1:25'}\n"
        "playbooks: {auto: true, programs: [{name: restart, path: /usr/bin/true, arguments: ['[A-Z]+']}]}\n"
    )
    config = load(tmp_path / "noc.yaml", {})
    assert config.playbooks.auto
    assert config.notify.receivers[0].fallback == "b"

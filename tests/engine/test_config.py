"""What the keeper of a configuration notices: what holds, where it comes from, and what is said when it is wrong."""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from data.times import HOUR, MINUTE, SECOND
from engine import settings as config
from engine.settings import Config, ConfigError
from engine.settings.places import Places
from engine.settings.reading import OVERRIDABLE
from engine.settings.sections import AttendanceSettings
from engine.settings.tree import MAX_DEPTH, MAX_NODES, TreeError, read_tree
from engine.settings.tuning import figure_names, tuned

GOOD = """
engine: {timezone: Asia/Kolkata, batch_events: 500}
alerts:
  expire_after: 20m
  reopen_within: 90
sources:
  - {name: gate, kind: websocket, url: "wss://gate.example/ws"}
  - {name: night, kind: file, path: night.jsonl}
notify:
  receivers:
    - {name: desk, kind: webhook, url: "http://127.0.0.1:9000/hook"}
  routes:
    - {match: "severity>=high", to: [desk], group_by: [site], group_wait: 5s, group_interval: 30s, repeat: 4h}
overrides:
  - {match: 'site:S014', set: {attendance.geofence_m: 400}}
  - {match: 'client:C1', set: {alerts.expire_after: 1h, attendance.geofence_m: 300}}
clusters: {numbers: {settle: 7m, weights.enough: 6.5}}
"""


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def writing(text: str, name: str = "noc.yaml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return writing


def said(path: Path, environment: dict[str, str] | None = None) -> list[str]:
    """The problems, with the folder taken off."""
    return [str(problem).replace(f"{path.parent}/", "") for problem in config.check(path, environment or {})]


def test_good_file_is_read_in_full(write: Any) -> None:
    path = write(GOOD)
    assert said(path) == []
    got = config.load(path, {})
    assert got.alerts.expire_after == 20 * MINUTE
    assert got.alerts.reopen_within == 90 * SECOND
    assert got.engine.late_after == 10 * MINUTE
    assert got.notify.routes[0].to == ("desk",)
    assert got.notify.routes[0].repeat == 4 * HOUR
    assert [source.name for source in got.sources] == ["gate", "night"]
    assert got.clusters.numbers == {"settle": 7 * MINUTE, "weights.enough": 6.5}


def test_origin_of_each_value(write: Any) -> None:
    path = write(GOOD)
    rows = {row.key: row for row in config.show(path, {"NOC__CONSOLE__THEME": "light"})}
    assert (rows["alerts.expire_after"].value, rows["alerts.expire_after"].origin) == ("20m", f"{path}:4")
    assert rows["engine.ahead"].origin == "default"
    assert (rows["console.theme"].value, rows["console.theme"].origin) == ("light", "NOC__CONSOLE__THEME")
    assert rows["sources[0].name"].origin == f"{path}:7"
    assert rows["overrides[0].set"].value == {"attendance.geofence_m": 400.0}
    assert all(row.doc for row in rows.values())


def test_overrides_apply_to_their_places_in_order(write: Any) -> None:
    places = Places(config.load(write(GOOD), {}))
    assert places.at("default").attendance.geofence_m == 200
    assert places.at("default", "C2", "S014").attendance.geofence_m == 400
    both = places.at("default", "C1", "S014")
    assert (both.attendance.geofence_m, both.alerts.expire_after) == (300, HOUR)
    assert both.alerts.reopen_within == 90 * SECOND
    assert places.at("default", "C1", "S014") is both


GOLDEN = [
    ("alerts:\n  expire_afer: 15m", ["noc.yaml:2: alerts.expire_afer: there is no such setting; "
                                     "did you mean 'expire_after'?"]),
    ("alert: {}", ["noc.yaml:1: alert: there is no such setting; did you mean 'alerts'?"]),
    ("geofence_m: 3", ["noc.yaml:1: geofence_m: there is no such setting; it belongs to attendance"]),
    ("alerts: {expire_after: soon}", ["noc.yaml:1: alerts.expire_after: 'soon' is not a length of time; "
                                      "write it with a unit, for example 90s, 15m, 2h, 3d or 1w, or as seconds"]),
    ("alerts: {expire_after: -5}", ["noc.yaml:1: alerts.expire_after: '-5' is not a length of time; "
                                    "write it with a unit, for example 90s, 15m, 2h, 3d or 1w, or as seconds"]),
    ("alerts: {expire_after: 31d}", ["noc.yaml:1: alerts.expire_after: '31d' is out of range; write 1s to 30d"]),
    ("attendance:\n  geofence_m: wide\n  inactivity: perhaps\n  max_speed_kmh: 900\n  deep_night_from: 1.5", [
        "noc.yaml:2: attendance.geofence_m: 'wide' is not a number; write it such as 200.0",
        "noc.yaml:3: attendance.inactivity: 'perhaps' is neither true nor false; write true or false",
        "noc.yaml:4: attendance.max_speed_kmh: '900' is out of range; write 50 to 300",
        "noc.yaml:5: attendance.deep_night_from: '1.5' is not a whole number; write it such as 1",
    ]),
    ("console: {colors: trucolor}", ["noc.yaml:1: console.colors: 'trucolor' is not a choice; "
                                     "did you mean 'truecolor'?"]),
    ("console: {colors: 7}", ["noc.yaml:1: console.colors: '7' is not a choice; "
                              "one of auto, truecolor, 256, 16, none"]),
    ("console: [a]", ["noc.yaml:1: console: a section belongs here; write `name: value` lines below it, indented"]),
    ("console: {theme: [a]}", ["noc.yaml:1: console.theme: one value belongs here; write it such as \"dark\""]),
    ("sources: {name: a}", ["noc.yaml:1: sources: a list belongs here; begin each entry with `- `"]),
    ("- a", ["noc.yaml:1: sections belong here; write `section:` and its settings below, indented"]),
    ("engine: {timezone: Europe/Berln}", ["noc.yaml:1: engine.timezone: 'Europe/Berln' is no time zone; "
                                          "did you mean 'Europe/Berlin'?"]),
    ("sources:\n  - {name: a, kind: websocket}\n  - {name: a, kind: file, path: x, url: y}\n"
     "  - {kind: file, path: z}", [
        "noc.yaml:2: sources[0].url: a source of kind websocket needs 'url'; add `url:`",
        "noc.yaml:3: sources[1].name: a second source called 'a'; give it another name",
        "noc.yaml:3: sources[1].url: a source of kind file has no 'url'; remove it",
        "noc.yaml:4: sources[2]: 'name' is missing; add `name:` (what it is called on the screen)",
    ]),
    ("sources:\n  - {name: a, kind: websocket, url: 'http://x/ws'}\n  - {name: b, kind: syslog, listen: '5514'}", [
        "noc.yaml:2: sources[0].url: 'http://x/ws' is no WebSocket address; write it such as wss://gate.example/ws",
        "noc.yaml:3: sources[1].listen: '5514' is not HOST:PORT; write it such as 127.0.0.1:5514",
    ]),
    ("sources: [{name: a, kind: websocket, url: 'ws://far.example/ws', token_file: t}]", [
        "noc.yaml:1: sources[0].url: the token would go over the network unencrypted; use wss://",
    ]),
    ("notify:\n  receivers:\n    - {name: desk, kind: webhook, url: 'http://127.0.0.1/h'}\n  routes:\n"
     "    - {match: 'severty>=high', to: [dsk], group_by: [sit]}", [
        "noc.yaml:3: notify.receivers[0].name: no route leads to 'desk'; name it in a route, or remove it",
        "noc.yaml:5: notify.routes[0].match: in `severty>=high`: alerts have no field 'severty' at character 1; "
        "did you mean 'severity'?",
        "noc.yaml:5: notify.routes[0].to[0]: there is no receiver 'dsk'; did you mean 'desk'?",
        "noc.yaml:5: notify.routes[0].group_by[0]: alerts cannot be grouped by 'sit'; did you mean 'site'?",
    ]),
    ("notify: {receivers: [{name: s, kind: slack, url: 'https://hooks.slack.com/x'}]}", [
        "noc.yaml:1: notify.receivers[0].url: the host 'hooks.slack.com' is not in notify.allow; "
        "add it: `allow: [hooks.slack.com]`",
    ]),
    ("notify: {receivers: [{name: s, kind: slack}, {name: p, kind: pagerduty}, {name: m, kind: email, smtp: 'x'}]}", [
        "noc.yaml:1: notify.receivers[0].url: a receiver of kind slack needs 'url'; add `url:`",
        "noc.yaml:1: notify.receivers[1].token_file: a receiver of kind pagerduty needs 'token_file'; "
        "add `token_file:`",
        "noc.yaml:1: notify.receivers[2].to: a receiver of kind email needs 'to'; add `to:`",
        "noc.yaml:1: notify.receivers[2].smtp: 'x' is not HOST:PORT; write it such as mail.example:25",
    ]),
    ("overrides:\n  - {match: 'sit:S1', set: {attendance.geofence_m: 1}}\n  - {match: '', set: {console.theme: a}}\n"
     "  - {match: 'site:S1', set: {attendance.geofense: 3}}\n  - {match: 'site:S1'}", [
        "noc.yaml:2: overrides[0].set.attendance.geofence_m: '1' is out of range; write 50 to 1000",
        "noc.yaml:2: overrides[0].match: in `sit:S1`: places have no field 'sit' at character 1; did you mean 'site'?",
        "noc.yaml:3: overrides[1].set.console.theme: cannot differ from place to place; "
        f"only settings of {' and '.join(OVERRIDABLE)} can",
        "noc.yaml:3: overrides[1].match: matches every place; write the values in their sections instead",
        "noc.yaml:4: overrides[2].set.attendance.geofense: there is no such setting; "
        "did you mean 'attendance.geofence_m'?",
        "noc.yaml:5: overrides[3].set: sets nothing; add `set: {attendance.geofence_m: 400}` or remove the entry",
    ]),
    ("retention: {metrics_5m: 100d}", ["noc.yaml:1: retention.metrics_1h: coarser metrics are kept for less time than "
                                       "finer ones; keep metrics_5m <= metrics_1h <= metrics_1d"]),
    ("clusters: {numbers: {setle: 5m, settle: soon}}\nincidents: {numbers: {x: 1}}", [
        "noc.yaml:1: clusters.numbers.settle: 'soon' is neither a number nor a length of time; "
        "write it such as 0.5 or 5m",
        "noc.yaml:1: clusters.numbers.setle: the clustering has no such figure; did you mean 'settle'?",
        "noc.yaml:2: incidents.numbers.x: the promotion to incidents has no such figure; one of severity, alerts, "
        "entities, many, join_within, close_after, approve",
    ]),
    ("alerts: {a: 1\n", ["noc.yaml:2: not YAML: expected ',' or '}', but got '<stream end>'; "
                         "look at indentation, quotes and colons there"]),
    ("a: &x 1\nb: *x", ["noc.yaml:1: '&x': anchors and aliases are not taken; write the value out"]),
    ("a: !!python/name:os.system x", ["noc.yaml:1: the tag 'tag:yaml.org,2002:python/name:os.system' is not taken; "
                                      "write a plain value"]),
    ("alerts: {}\nalerts: {}", ["noc.yaml:2: 'alerts' is there twice, first in line 1; keep one of them"]),
    ("alerts: {}\n---\nalerts: {}", ["noc.yaml:2: a second document begins here; remove the line with ---"]),
    ("a: \x07", ["noc.yaml:1: not YAML: unprintable characters; write plain text in UTF-8"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), GOLDEN)
def test_says_file_line_and_remedy(write: Any, text: str, words: list[str]) -> None:
    assert said(write(text)) == words


def test_every_problem_is_raised_at_once(write: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        config.load(write("alerts: {expire_after: x, reopen: 3}\nconsole: {mouse: 2}"), {})
    assert len(caught.value.problems) == 3
    assert "noc.yaml:2" in str(caught.value)


def test_warnings_do_not_refuse(write: Any) -> None:
    path = write("retention: {metrics_5m: 100d}")
    assert {problem.severity for problem in config.check(path, {})} == {"warning"}
    assert config.load(path, {}).retention.metrics_5m == 2400 * HOUR


def test_missing_and_unreadable_files_are_told(tmp_path: Path) -> None:
    assert said(tmp_path / "none.yaml") == [
        "none.yaml: cannot be read: No such file or directory; check its name and rights"
    ]
    (tmp_path / "bad.yaml").write_bytes(b"a: \xff")
    assert said(tmp_path / "bad.yaml") == ["bad.yaml: not UTF-8 text (byte 3); save it as UTF-8"]


def test_parts_are_merged_in_order(write: Any) -> None:
    path = write("alerts: {expire_after: 1m, reopen_within: 1m}\n" + "sources: [{name: a, kind: file, path: one}]")
    write("alerts: {expire_after: 2m}\nsources: [{name: b, kind: file, path: two}]", "conf.d/10-b.yaml")
    write("alerts: {expire_after: 3m}\nsources: [{name: a, kind: file, path: three}]", "conf.d/20-a.yaml")
    write("alerts:\n  #expire_after: 9m\n", "conf.d/30-empty.yaml")
    got = config.load(path, {})
    assert (got.alerts.expire_after, got.alerts.reopen_within) == (3 * MINUTE, MINUTE)
    assert {source.name: source.path for source in got.sources} == {"b": "two", "a": "three"}
    assert got.origins["alerts.expire_after"].endswith("20-a.yaml:1")


def test_problem_in_a_part_names_the_part(write: Any) -> None:
    path = write("alerts: {}")
    write("\nalerts:\n  expire: 3m", "conf.d/a.yaml")
    assert said(path) == ["conf.d/a.yaml:3: alerts.expire: there is no such setting; did you mean 'expire_after'?"]


def test_environment_wins_and_is_checked(write: Any, tmp_path: Path) -> None:
    path = write("alerts: {expire_after: 1m}")
    secret = write("postgresql://noc:hush@db/noc\n", "url")
    variables = {
        "NOC__ALERTS__EXPIRE_AFTER": "20m",
        "NOC__DATABASE__URL_FILE": str(secret),
        "NOC__NOTIFY__ALLOW": "[a.example, b.example]",
        "OTHER": "x",
    }
    got = config.load(path, variables)
    assert got.alerts.expire_after == 20 * MINUTE
    assert got.database.url == "postgresql://noc:hush@db/noc"
    assert got.notify.allow == ("a.example", "b.example")
    assert said(path, {"NOC__ALERTS__EXPIRE_AFTR": "3", "NOC__ALERTS__REOPEN_WITHIN": "x", "NOC__ALERTS": "1"}) == [
        "NOC__ALERTS: alerts: is a section, not a setting; see `noc config show` for what there is",
        "NOC__ALERTS__EXPIRE_AFTR: alerts.expire_aftr: there is no such setting; "
        "did you mean NOC__ALERTS__EXPIRE_AFTER?",
        "NOC__ALERTS__REOPEN_WITHIN: alerts.reopen_within: 'x' is not a length of time; write it with a unit, "
        "for example 90s, 15m, 2h, 3d or 1w, or as seconds",
    ]


def test_secrets_are_covered_when_shown(write: Any) -> None:
    path = write(
        "database: {url: 'postgresql://noc:hush@db/noc'}\n"
        "notify: {allow: [hooks.slack.com], receivers: [{name: s, kind: slack, url: 'https://hooks.slack.com/T0/hush'}]}"
    )
    assert config.load(path, {}).database.url == "postgresql://noc:hush@db/noc"
    text = repr(config.show(path, {}))
    assert "hush" not in text
    assert "postgresql://noc:***@db/noc" in text


def test_template_is_valid_and_changes_nothing(write: Any) -> None:
    got = config.load(write(config.template()), {})
    assert msgspec.structs.replace(got, origins={}) == Config()


def test_template_uncommented_is_valid_too(write: Any) -> None:
    lines = []
    for line in config.template().splitlines():
        indent, sign, rest = line.partition("#")
        lines.append(indent + rest if sign and not indent.strip() and rest[:1] != " " else line)
        if sign and rest.startswith("  - "):
            lines[-1] = indent + rest
    path = write("\n".join(lines))
    assert said(path) == []
    got = config.load(path, {})
    assert got.attendance == AttendanceSettings()
    assert (len(got.sources), len(got.notify.routes), len(got.overrides)) == (2, 1, 1)


def test_json_schema_knows_every_setting() -> None:
    schema = config.schema()
    alerts = schema["properties"]["alerts"]
    assert alerts["additionalProperties"] is False
    assert alerts["properties"]["expire_after"]["default"] == "15m"
    assert schema["properties"]["notify"]["properties"]["routes"]["items"]["required"] == ["to"]
    msgspec.json.encode(schema)


def test_defaults_are_documented_and_in_range() -> None:
    from engine.settings import shapes

    for key, shape in shapes.leaves(shapes.root()):
        assert shape.doc, key
        for limit, sign in ((shape.least, 1), (shape.most, -1)):
            assert limit is None or sign * shape.default >= sign * limit, key


def test_attendance_can_be_handed_to_narrower_structs() -> None:
    class Narrow(msgspec.Struct, frozen=True):
        max_speed_kmh: float
        buddy_window: int

    assert msgspec.convert(Config().attendance, Narrow, from_attributes=True) == Narrow(150.0, 5 * MINUTE)


class Inner(msgspec.Struct, frozen=True):
    enough: float = 7.0


class Outer(msgspec.Struct, frozen=True):
    inner: Inner = Inner()
    settle: int = 5
    name: str = "x"


def test_figures_are_tuned_by_name() -> None:
    assert figure_names(Outer()) == ["inner.enough", "settle"]
    got = tuned(Outer(), {"settle": 7.0, "inner.enough": 1})
    assert got == Outer(Inner(1.0), 7)
    assert type(got.settle) is int
    with pytest.raises(ValueError, match="no figure 'name'"):
        tuned(Outer(), {"name": 1})


def test_without_a_file_nothing_heavy_is_loaded(tmp_path: Path) -> None:
    code = (
        "import sys; from engine import settings; settings.load();"
        "print([name for name in ('yaml', 'engine.query', 'sqlalchemy', 'textual') if name in sys.modules])"
    )
    environment = {"XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path), "PYTHONPATH": str(Path.cwd())}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.strip() == "[]"


def test_usual_file_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "default_path", lambda: tmp_path / "config.yaml")
    assert config.load(None, {}) == Config()
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "a.yaml").write_text("console: {ascii: yes}")
    assert config.load(None, {}).console.ascii is True
    (tmp_path / "config.yaml").write_text("console: {theme: light}")
    assert config.load(None, {}).console.theme == "light"


BOMBS = [
    "a: &a [x]\nb: [*a, *a]",
    "&a [*a]",
    "[" * 20_000,
    "{a: " * 20_000,
    "- " * 5_000 + "x",
    "[" + "x," * (MAX_NODES + 1) + "]",
    "x: " + "y" * (1 << 20),
    "? [a]\n: b",
    "!!binary aGk=",
    "a: !x 1",
]


@pytest.mark.parametrize("text", BOMBS, ids=range(len(BOMBS)))
def test_bombs_are_refused(text: str) -> None:
    with pytest.raises(TreeError):
        read_tree(text, "bomb")


def test_depth_within_the_limit_is_read() -> None:
    assert read_tree("[" * MAX_DEPTH + "]" * MAX_DEPTH, "deep") is not None


leaves = st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.floats() | st.text(max_size=8)
values: st.SearchStrategy[Any] = st.deferred(
    lambda: leaves | st.lists(values, max_size=3) | st.dictionaries(st.text(max_size=8), values, max_size=3)
)
SECTIONS = [name for name in Config.__struct_fields__ if name != "origins"]
NAMES = sorted({row.key.rpartition(".")[2] for row in config.show(Config())} | {"match", "set", "to", "name", "kind"})
inside = st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), values, max_size=4)
wholes = st.dictionaries(
    st.sampled_from(SECTIONS) | st.text(max_size=5), inside | st.lists(inside, max_size=3) | values
)


@given(wholes)
@settings(max_examples=50, deadline=None)
def test_any_yaml_gives_settings_or_problems(tmp_path_factory: pytest.TempPathFactory, whole: dict[str, Any]) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(yaml.safe_dump(whole), encoding="utf-8")
    for problem in config.check(path, {}):
        assert problem.text
        assert problem.remedy
    config.show(path, {})


@given(st.text(max_size=80) | st.text("{}[]:,-# \n&*!|>'\"ab?%@", max_size=80))
@settings(max_examples=300, deadline=None)
def test_any_text_is_a_tree_or_refused(text: str) -> None:
    with suppress(TreeError):  # most texts are trees
        read_tree(text, "any")

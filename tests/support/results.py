"""The README's results table: `python -m tests.support.results SHARED [NAME ...]` replays each recording and scores it.

SHARED is the folder with `data/` and `score/`. Prints one row of Markdown a recording.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

NOC = [str(Path(sys.executable).with_name("noc"))]


def run(arguments: list[str], out: Path | None = None) -> str:
    with out.open("wb") if out else tempfile.TemporaryFile() as sink:
        subprocess.run(arguments, stdout=sink, check=True, timeout=1500)
        if out:
            return ""
        sink.seek(0)
        return sink.read().decode()


def correlation(shared: Path, name: str, url: str, folder: Path) -> dict[str, Any]:
    arguments = [sys.executable, str(shared / "score/correlation.py"), str(shared / f"data/{name}.truth.jsonl.gz")]
    rows = {kind: folder / kind for kind in ("assignments", "incidents", "alerts")}
    for kind, path in rows.items():
        run([*NOC, "export", kind, "--db", url], path)
    arguments += [str(rows["assignments"]), "--alerts", str(rows["alerts"])]
    if (shared / f"data/{name}.roots.jsonl.gz").exists():
        arguments += ["--incidents", str(rows["incidents"])]
    found: dict[str, Any] = json.loads(run([*arguments, "--json"]))
    return found


def row(shared: Path, name: str) -> str:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        url = f"sqlite:///{folder / 'noc.db'}"
        report = json.loads(run([*NOC, "replay", str(shared / f"data/{name}.jsonl.gz"), "--db", url, "--json"]))
        size = (folder / "noc.db").stat().st_size / max(1, report["events"])
        cpu = report["cpu_seconds"] / max(1, report["events"]) * 1e6
        scored = shared / f"data/{name}.truth.jsonl.gz"
        words = ""
        if name.startswith("alerts-") and scored.exists():
            score = correlation(shared, name, url, folder)
            print(json.dumps(score), file=sys.stderr)
            if "pair_f1" in score:
                words = f"pair F1 {score['pair_f1']:.3f}, ARI {score['ari']:.3f}, hidden {score['hidden']}"
                if "root_named" in score:
                    words += f", root {score['root_named']:.2f} ({score['root_in_first_3']:.2f} in first 3)"
            elif "phases" in score:
                words = f"phases {score['phases_kept']}/{score['phases']}, hidden {score['hidden']}"
                words += "".join(f", {name} {value:.3f}" for name, value in score.items() if "auc" in name)
        relations = shared / f"data/{name}.truth.json"
        if relations.exists():
            run([*NOC, "export", "relations", "--db", url], folder / "relations")
            scorer = [
                sys.executable,
                str(shared / "score/relations.py"),
                str(relations),
                str(folder / "relations"),
                "--json",
            ]
            words = f"relations edge F1 {json.loads(run(scorer))['f1']:.3f}"
        reduction = f"{report['reduction']:.4f}" if report["reduction"] is not None else "–"
        return (
            f"| `{name}` | {report['events']:,} | {report['alerts']:,} | {report['clusters']:,} | "
            f"{report['incidents']:,} | {reduction} | {words} | {cpu:.0f} | {size:.0f} |"
        )


def main() -> None:
    shared = Path(sys.argv[1])
    names = sys.argv[2:] or sorted(
        path.name.removesuffix(".jsonl.gz")
        for path in (shared / "data").glob("*.jsonl.gz")
        if not path.name.endswith((".truth.jsonl.gz", ".roots.jsonl.gz"))
    )
    print("| recording | events | alerts | clusters | incidents | reduction | scores | CPU µs/event | bytes/event |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name in names:
        print(row(shared, name), flush=True)


if __name__ == "__main__":
    main()

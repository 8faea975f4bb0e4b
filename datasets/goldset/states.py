"""Gold documents in every state of their paper, made on first use and checked against the manifest.

`python -m yusuan.datasets.goldset.states -o out/gold` writes `out/gold/<split>/<document>[_<state>]/`, each a
gold folder of its own. What is there already, with the right hashes, is kept.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from yusuan.datasets.goldset.command import run
from yusuan.datasets.goldset.damage import DIGITAL, STATES, make_state
from yusuan.datasets.goldset.files import GOLD, stored_files, write_folder
from yusuan.datasets.goldset.manifest import (
    SPLITS,
    DocumentSum,
    file_sums,
    matches,
    read_manifest,
)
from yusuan.datasets.goldset.workers import each
from yusuan.extraction.errors import InputError, OutputError, UsageError


@dataclass(frozen=True)
class StateFolder:
    """A document in one state on disk.

    Attributes:
        path: its folder.
        exact: whether it is that of the manifest bit for bit, or only looks like it.
        made: whether it was made now, or kept.
    """

    path: Path
    exact: bool
    made: bool


@dataclass(frozen=True)
class _Job:
    source: Path
    target: Path
    state: str
    wanted: DocumentSum


def make_states(
    out: Path,
    splits: Sequence[str] = SPLITS,
    states: Sequence[str] = STATES,
    documents: Sequence[str] = (),
    gold: Path = GOLD,
) -> list[StateFolder]:
    """Write documents in their states into `out/<split>/<document>[_<state>]`, and return the folders.

    Args:
        out: made as needed.
        splits: of `train`, `dev`, `test`.
        states: of `digital`, `office`, `sealed`, `bad`, `fax`, `photo`.
        documents: names, all of the splits when empty; a name such as `menyuan_bad` stands for the document
            `menyuan` in that state alone.
        gold: the gold folder with the manifest.

    Raises:
        UsageError: there is no such document, split or state.
        InputError: a stored file is not that of the manifest.
        OutputError: a state does not come out as the manifest says, or cannot be written.
    """
    known = read_manifest(gold).documents
    in_one_state = {state_name(name, state): (name, state) for name in known for state in STATES[1:]}
    for given, allowed, word in (
        (splits, SPLITS, "split"),
        (states, STATES, "state"),
        (documents, {**in_one_state, **known}, "gold document"),
    ):
        if unknown := set(given) - set(allowed):
            names = ", ".join(sorted(unknown))
            raise UsageError(f"there is no {word} {names}", f"known: {', '.join(allowed)}")
    wanted = [(name, state) for name in known for state in states if not documents or name in documents]
    wanted += [in_one_state[name] for name in documents if name not in known]
    jobs = [
        _Job(gold / name, out / known[name].split / state_name(name, state), state, known[name])
        for name, state in dict.fromkeys(wanted)
        if known[name].split in splits
    ]
    return each(_make, jobs)


def state_name(document: str, state: str) -> str:
    """Return the name of the folder of a document in a state."""
    return document if state == DIGITAL else f"{document}_{state}"


def _make(job: _Job) -> StateFolder:
    try:
        return StateFolder(job.target, _matches(job, stored_files(job.target)), made=False)
    except (InputError, OutputError):
        pass  # not there, or not as it should be: it is made anew
    if file_sums(stored_files(job.source)) != job.wanted.files:
        raise InputError(
            f"the gold document {job.source} is not that of the manifest",
            f"python -m yusuan.datasets.goldset.manifest {job.source.name} writes its hashes",
        )
    made = make_state(job.source, job.state)
    exact = _matches(job, made.files)
    write_folder(job.target, made.files)
    return StateFolder(job.target, exact, made=True)


def _matches(job: _Job, files: dict[str, bytes]) -> bool:
    if job.state != DIGITAL:
        return matches(files, job.wanted.states[job.state], job.target.name)
    if file_sums(files) != job.wanted.files:
        raise OutputError(f"{job.target} is not {job.source}")
    return True


def report(folders: Sequence[StateFolder]) -> str:
    """Return what was done, for a terminal."""
    made, kept = Counter(), Counter()  # type: Counter[str], Counter[str]
    for folder in folders:
        (made if folder.made else kept)[folder.path.parent.name] += 1
    lines = [
        f"{split}: {made[split]} made, {kept[split]} kept" for split in SPLITS if made[split] + kept[split]
    ]
    if alike := sum(not folder.exact for folder in folders):
        lines.append(
            f"note: {alike} of {len(folders)} differ from the manifest in bytes and look the same: "
            "this processor draws fonts a little differently"
        )
    return "\n".join(lines)


def main() -> None:
    """Make states from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", nargs="+", choices=SPLITS, default=list(SPLITS))
    parser.add_argument("--states", nargs="+", choices=STATES, default=list(STATES))
    parser.add_argument(
        "--documents", nargs="+", default=[], help="names, or names with a state; all if not given"
    )
    parser.add_argument("-o", "--out", type=Path, default=Path("out/gold"))
    options = parser.parse_args()
    print(report(make_states(options.out, options.split, options.states, options.documents)))


if __name__ == "__main__":
    run(main)

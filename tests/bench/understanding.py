"""`python -m tests.bench.understanding`: how well the bot understands, written to understanding.md beside this file.

Messages: intents/messages.tsv and tests/data/unseen.tsv, by five authors who did not know the bot. No example in
intents/ is taken from them; but `SPEAK`, the nets' number and batch, what they learn from, some patterns and names
were chosen with them in sight. The other methods are trained on the very examples that the bot has, and judged on the
same messages; then all of them again by cross-validation over the labelled messages that are examples now: they were
written by people who did not know the bot, too, but for first.tsv, which the patterns were written with.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from rapidfuzz import fuzz, process
from rich.progress import track

from bot.language import matcher as thresholds
from bot.language.evaluate import Judged, Report, Row, judge, label_of, read_rows, report
from bot.language.intent import SILENCE
from bot.language.knowledge import Knowledge, load_knowledge
from bot.language.matcher import Matcher
from bot.model import OTHER_ERROR
from tests.bench import matching

ROOT: Final = Path(__file__).parents[2]
DATA: Final = ROOT / "tests" / "data"
UNSEEN: Final = (ROOT / "intents" / "messages.tsv", DATA / "unseen.tsv")
OUT: Final = Path(__file__).parent / "understanding.md"
FOLDS: Final = 3
JUDGED_A_FOLD: Final = 600
"""Messages of a fold that are judged: fuzzy search takes a tenth of a second for each."""
SPEAK_CURVE: Final = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97)
FUZZY_CUTOFF: Final = 80.0

Labelled = Sequence[tuple[str, str]]
"""(text, label)."""


@dataclass(frozen=True, slots=True)
class Result:
    method: str
    accuracy: float
    macro_f1: float
    false_replies: float
    micros: float


def main() -> None:
    knowledge = load_knowledge(ROOT / "intents", ROOT / "responses")
    rows = [row for file in UNSEEN for row in read_rows(file, knowledge.intents)]
    codes = read_rows(DATA / "codes.tsv", knowledge.intents)
    bot = Matcher(knowledge)
    found = report([judge(bot.understand, row) for row in rows])
    exact = sum(bot.understand(row.text).codes == row.codes for row in codes)
    parts = [
        "# How well the bot understands\n\nWritten by `python -m tests.bench.understanding`.\n",
        _figures(found, exact, len(codes)),
        _confusion_table(found, rows),
        _comparison(knowledge, rows),
        *_cross_validation(knowledge),
        _growth(),
    ]
    OUT.write_text("\n".join(parts), "utf-8")


def _figures(found: Report, exact: int, n_codes: int) -> str:
    lines = ["## Messages that are no examples: messages.tsv, unseen.tsv\n", "| figure | value |", "| --- | --- |"]
    for name in ("n", "accuracy", "macro_f1", "false_reply_rate", "silent_rate", "clarify_rate", "codes_exact"):
        lines.append(f"| {name} | {found[name]} |")
    lines.append(f"| codes.tsv, codes exact | {exact} of {n_codes} |")
    lines.append(f"| µs a message | p50 {found['us_per_message']['p50']}, p99 {found['us_per_message']['p99']} |\n")
    lines += ["| label | n | precision | recall | F1 |", "| --- | --- | --- | --- | --- |"]
    for label, its in found["per_label"].items():
        lines.append(f"| {label} | {its['n']} | {its['precision']:.3f} | {its['recall']:.3f} | {its['f1']:.3f} |")
    return "\n".join(lines) + "\n"


def _confusion_table(found: Report, rows: Sequence[Row]) -> str:
    texts = {row.id: row.text for row in rows}
    lines = ["## What was misunderstood\n", "| message | expected | got |", "| --- | --- | --- |"]
    for each in found["confusions"]:
        lines.append(f"| {texts[each['id']].replace('|', '/')} | {each['expected']} | {each['got']} |")
    return "\n".join(lines) + "\n"


def _comparison(knowledge: Knowledge, rows: Sequence[Row]) -> str:
    train = [(text, str(label)) for label, text in knowledge.labelled_examples()]
    test = [(row.text, row.label or "") for row in rows]
    bot = Matcher(knowledge)
    results = [_judged("this bot", _predict(bot), test)]
    results += [_judged(name, build(train), test) for name, build in OTHERS.items()]
    title = f"## Against other methods, trained on the same {len(train)} examples, judged on messages that are none\n"
    return "\n".join([title, *_table(results)])


def _cross_validation(knowledge: Knowledge) -> tuple[str, str]:
    """The comparison, and the curve of the threshold, on messages that were no examples when they were judged."""
    files = [DATA / f"{name}.tsv" for name in ("first", "heldout", "voices", "blind", "strangers")]
    rows = [row for file in files for row in read_rows(file, knowledge.intents)]
    random.Random(1).shuffle(rows)
    own = {row.text for row in rows}
    base = [(text, str(label)) for label, text in knowledge.labelled_examples() if text not in own]
    got: dict[str, list[tuple[str, str]]] = {name: [] for name in ("this bot", *OTHERS)}
    micros: dict[str, list[float]] = {name: [] for name in got}
    curve: dict[float, list[Judged]] = {speak: [] for speak in SPEAK_CURVE}
    for fold in track(range(FOLDS), description="folds", transient=True):
        test = rows[fold::FOLDS][:JUDGED_A_FOLD]
        train = [*base, *((row.text, row.label or "") for n, row in enumerate(rows) if n % FOLDS != fold)]
        bot = Matcher(_with_examples(knowledge, train))
        methods: dict[str, Callable[[str], str]] = {"this bot": _predict(bot)}
        methods |= {name: build(train) for name, build in OTHERS.items()}
        for name, predict in methods.items():
            began = time.perf_counter()
            got[name] += [(predict(row.text), row.label or "") for row in test]
            micros[name].append((time.perf_counter() - began) / len(test) * 1e6)
        for speak, judged in curve.items():
            judged += _judged_at(speak, bot, test)
    results = [_result(name, its, sum(micros[name]) / FOLDS) for name, its in got.items()]
    title = f"## {FOLDS}-fold cross-validation of {len(rows)} labelled examples, {JUDGED_A_FOLD} judged a fold\n"
    return "\n".join([title, *_table(results)]), _curve(curve)


def _predict(bot: Matcher) -> Callable[[str], str]:
    return lambda text: label_of(bot.understand(text))


def _with_examples(knowledge: Knowledge, train: Labelled) -> Knowledge:
    by_label: dict[str, list[str]] = {}
    for text, label in train:
        by_label.setdefault(label, []).append(text)
    intents = {id_: replace(its, examples=tuple(by_label.get(id_, ()))) for id_, its in knowledge.intents.items()}
    shared = {label: tuple(by_label.get(label, ())) for label in (OTHER_ERROR, SILENCE)}
    return replace(knowledge, intents=intents, shared_examples=shared)


def _svm(train: Labelled) -> Callable[[str], str]:
    from sklearn.svm import LinearSVC

    return _sklearn(LinearSVC(), train)


def _regression(train: Labelled) -> Callable[[str], str]:
    from sklearn.linear_model import LogisticRegression

    return _sklearn(LogisticRegression(C=10, max_iter=200), train)


def _sklearn(classifier: Any, train: Labelled) -> Callable[[str], str]:
    # imported where it is used: the process that learns imports this file again, and a second of that is no load
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline

    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 5), sublinear_tf=True)
    model = make_pipeline(vectors, classifier).fit([text for text, _ in train], [label for _, label in train])
    return lambda text: str(model.predict([text])[0])


def _fuzzy(train: Labelled) -> Callable[[str], str]:
    texts, labels = [text for text, _ in train], [label for _, label in train]

    def predict(text: str) -> str:
        best = process.extractOne(text, texts, scorer=fuzz.WRatio, score_cutoff=FUZZY_CUTOFF)
        return labels[best[2]] if best else SILENCE

    return predict


OTHERS: Final[dict[str, Callable[[Labelled], Callable[[str], str]]]] = {
    "char n-gram TF-IDF + linear SVM": _svm,
    "char n-gram TF-IDF + logistic regression": _regression,
    "rapidfuzz extractOne(WRatio)": _fuzzy,
}


def _judged(method: str, predict: Callable[[str], str], test: Labelled) -> Result:
    began = time.perf_counter()
    got = [(predict(text), label) for text, label in test]
    return _result(method, got, (time.perf_counter() - began) / len(test) * 1e6)


def _result(method: str, got: Sequence[tuple[str, str]], micros: float) -> Result:
    expected, given = Counter(label for _, label in got), Counter(one for one, _ in got)
    right = Counter(label for one, label in got if one == label)
    f1 = [2 * right[label] / (expected[label] + given[label]) for label in expected]
    chatter = [one for one, label in got if label == SILENCE]
    false = sum(one != SILENCE for one in chatter) / len(chatter)
    return Result(method, sum(right.values()) / len(got), sum(f1) / len(f1), false, micros)


def _table(results: Sequence[Result]) -> list[str]:
    lines = ["| method | accuracy | macro-F1 | false replies | µs a message |", "| --- | --- | --- | --- | --- |"]
    lines += [
        f"| {r.method} | {r.accuracy:.3f} | {r.macro_f1:.3f} | {r.false_replies:.3f} | {r.micros:.0f} |"
        for r in results
    ]
    return [*lines, ""]


def _judged_at(speak: float, bot: Matcher, rows: Sequence[Row]) -> list[Judged]:
    chosen = thresholds.SPEAK
    thresholds.SPEAK = speak  # type: ignore[misc]
    judged = [judge(bot.understand, row) for row in rows]
    thresholds.SPEAK = chosen  # type: ignore[misc]
    return judged


def _curve(judged: Mapping[float, Sequence[Judged]]) -> str:
    """What the threshold SPEAK trades: false replies against silence."""
    lines = [
        f"## The threshold `SPEAK` (now {thresholds.SPEAK}): the least probability of everything but silence\n",
        "On the same folds; much of the chatter in them was written to mislead.\n",
        "| SPEAK | accuracy | false replies | silent |",
        "| --- | --- | --- | --- |",
    ]
    for speak, its in judged.items():
        found = report(its)
        lines.append(f"| {speak} | {found['accuracy']} | {found['false_reply_rate']} | {found['silent_rate']} |")
    return "\n".join(lines) + "\n"


def _growth() -> str:
    lines = [
        f"## Growth: made-up errors of {matching.PATTERNS_EACH} patterns each beside the real ones\n",
        "The first load learns, in processes of their own; after a change of the intents the old knowledge answers "
        "meanwhile.\n",
        "| made-up errors | first load, s | load with what was learnt, s | p50, µs | p99, µs |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {each.made_up} | {each.first_load_s:.2f} | {each.load_s:.2f} | {each.p50_us} | {each.p99_us} |"
        for each in matching.grown()
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()

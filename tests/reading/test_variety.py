"""A share of the pictures of `python -m tests.bench.pictures`, which reads them all: other screens, other photos, and
counter-examples that come close."""

from __future__ import annotations

from itertools import chain, islice

from tests.bench.pictures import understood
from tests.dialogue.world import matcher
from tests.reading import strange

EVERY = 15
PATIENT_S = 20.0


def test_codes_and_errors_are_read_and_counter_examples_get_no_answer() -> None:
    wrong = []
    for sample in islice(chain(strange.first(), strange.last()), 0, None, EVERY):
        meaning = understood(matcher(), sample, sample.draw(), PATIENT_S)
        if sample.intent is None:
            assert meaning.verdict == "silent", sample.name
        elif meaning.intent != sample.intent or (sample.code and meaning.codes != (sample.code,)):
            wrong.append(f"{sample.name}: {meaning.intent} {meaning.codes}")
    assert len(wrong) <= 1, wrong

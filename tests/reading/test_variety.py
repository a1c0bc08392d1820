"""A share of the pictures of `python -m tests.bench.pictures`, which reads them all: other screens, other photos, and
counter-examples that come close."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, islice

from tests.bench.pictures import understood
from tests.dialogue.world import matcher
from tests.reading import rendered, strange
from tests.reading.strange import Sample

EVERY = 15
PATIENT_S = 20.0


def test_codes_and_errors_are_read_and_counter_examples_get_no_answer() -> None:
    judged(islice(chain(strange.first(), strange.last()), 0, None, EVERY))


def test_pages_of_a_real_browser_are_read_off_phones_and_photos_too() -> None:
    judged(islice(rendered.samples(rendered.ERRORS[1:3], ("word", "chat404"), of_each=2), 0, None, 2))


def judged(samples: Iterable[Sample]) -> None:
    wrong = []
    for sample in samples:
        meaning = understood(matcher(), sample, sample.draw(), PATIENT_S)
        if sample.intent is None:
            assert meaning.verdict == "silent", sample.name
        elif meaning.intent != sample.intent or (sample.code and meaning.codes != (sample.code,)):
            wrong.append(f"{sample.name}: {meaning.intent} {meaning.codes}")
    assert len(wrong) <= 1, wrong

"""The dials and the file that keeps them."""

import json

import pytest

from seamless_retail.core.errors import PersonalityError
from seamless_retail.core.personality import (
    DIMENSIONS,
    SPEC,
    ClaraSpec,
    Expertise,
    Personality,
    packaged_spec,
    read_spec,
    write_spec,
)


def test_the_packaged_specification_is_the_plain_wording():
    spec = packaged_spec()
    assert spec.personality == Personality()
    assert spec.personality.is_neutral
    assert not any(spec.expertise.domains.values())


def test_a_dial_is_a_weight_from_minus_one_to_one():
    personality = Personality(warmth=1.0, formal=0.25)
    assert [personality.weight(dimension) for dimension in DIMENSIONS] == [1.0, 0.0, -0.5, 0.0]
    assert not personality.is_neutral


def test_dials_are_turned_by_name():
    spec = ClaraSpec(expertise=Expertise(domains={"nutrition": 0.0}))
    turned = spec.turned({"warmth": 0.8, "nutrition": 1.0})
    assert (turned.personality.warmth, turned.expertise.dial("nutrition")) == (0.8, 1.0)
    assert spec.personality.is_neutral
    assert turned.expertise.dial("gardening") == 0.0


@pytest.mark.parametrize("dials", [{"warmth": 1.01}, {"warmth": -0.1}, {"warmth": float("nan")}, {"charm": 0.5}])
def test_what_is_no_dial_is_refused(dials):
    with pytest.raises(PersonalityError, match=r"warmth|charm"):
        packaged_spec().turned(dials)


def test_what_is_written_is_read_again(tmp_path):
    spec = packaged_spec().turned({"playful": 0.7, "fashion": 0.4})
    write_spec(tmp_path / "home" / SPEC, spec)
    assert read_spec(tmp_path / "home" / SPEC) == spec
    assert [path.name for path in (tmp_path / "home").iterdir()] == [SPEC]


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        json.dumps({"personality": {"warmth": 2}}),
        json.dumps({"personality": {"charm": 0.5}}),
        json.dumps({"expertise": {"domains": {"Not a domain": 0.5}}}),
        json.dumps({"merge": {"method": "average"}}),
    ],
)
def test_a_wrong_file_is_an_error_that_says_where(tmp_path, content):
    path = tmp_path / SPEC
    path.write_text(content, encoding="utf-8")
    with pytest.raises(PersonalityError) as found:
        read_spec(path)
    assert found.value.remedy


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(PersonalityError, match="cannot be read"):
        read_spec(tmp_path / SPEC)

"""The language identifier: scripts, shared scripts, and English sentences with foreign names in them."""

import json
import threading
from pathlib import Path
from typing import NamedTuple

import pytest

from seamless_retail.core.languages import UNDETERMINED
from seamless_retail.models.han_script import han_language
from seamless_retail.models.language_identifier import LanguageIdentifier
from seamless_retail.training import benchmarks

MESSAGES = Path(benchmarks.__file__).with_name("multilingual_messages.jsonl")


class Case(NamedTuple):
    text: str
    code: str
    reason: str


CASES = [
    Case("do you have Gouda?", "eng_Latn", "one foreign name"),
    Case("do you have pão de queijo?", "eng_Latn", "a foreign name of three words"),
    Case("is the Côtes du Rhône in stock", "eng_Latn", "a French name in an English question"),
    Case("jalapeño chips please", "eng_Latn", "a Spanish letter"),
    Case("price of पनीर", "eng_Latn", "another script in an English question"),
    Case("Parmigiano Reggiano", "eng_Latn", "only a name"),
    Case("ok", "eng_Latn", "short"),
    Case("ORD-20418", UNDETERMINED, "a code is no word"),
    Case("42", UNDETERMINED, "a number"),
    Case("👍", UNDETERMINED, "no letter"),
    Case("", UNDETERMINED, "empty"),
    Case("Ελληνικά παρακαλώ", UNDETERMINED, "a script of none of the 25"),
    Case("hola", "spa_Latn", "a greeting"),
    Case("merci", "fra_Latn", "one word"),
    Case("vielen Dank", "deu_Latn", "German, not Dutch"),
    Case("dank je wel", "nld_Latn", "Dutch, not German"),
    Case("il vous reste du Gouda ?", "fra_Latn", "a foreign name in French"),
    Case("iPhone 케이스 있나요", "kor_Hang", "a Latin name in Korean"),
    Case("ORD-20418什么时候能到", "zho_Hans", "a code in Chinese"),
    Case("謝謝您", "zho_Hant", "traditional characters"),
    Case("営業時間", "jpn_Jpan", "Japanese without kana"),
    Case("50ドル以下", "jpn_Jpan", "kana after a number"),
    Case("دودھ کہاں ہے", "urd_Arab", "letters that Arabic lacks"),
    Case("أين الحليب", "arb_Arab", "letters that Urdu lacks"),
    Case("মোৰ অৰ্ডাৰ", "asm_Beng", "Assamese letters"),
    Case("আমার অর্ডার", "ben_Beng", "Bengali letters"),
    Case("तुम्हाला काय हवे आहे", "mar_Deva", "Marathi words"),
    Case("आपको क्या चाहिए", "hin_Deva", "Hindi words"),
]


@pytest.fixture(scope="module")
def identifier() -> LanguageIdentifier:
    return LanguageIdentifier.load()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.reason)
def test_tells(identifier: LanguageIdentifier, case: Case) -> None:
    guess = identifier.identify(case.text)
    assert guess.code == case.code
    assert guess.known == (case.code != UNDETERMINED)
    assert 0 <= guess.confidence <= 1


def test_messages_in_all_languages(identifier: LanguageIdentifier) -> None:
    rows = [json.loads(line) for line in MESSAGES.read_text(encoding="utf-8").splitlines()]
    assert len({row["language"] for row in rows}) == 25
    seen = [row for row in rows if row["split"] == "dev"]
    wrong = [row["text"] for row in seen if identifier.identify(row["text"]).code != row["language"]]
    assert not wrong


def test_confidence_is_higher_for_more_text(identifier: LanguageIdentifier) -> None:
    short = identifier.identify("merci")
    long = identifier.identify("merci beaucoup, je voudrais savoir où en est ma commande")
    assert short.code == long.code == "fra_Latn"
    assert short.confidence < 0.8 < 0.95 < long.confidence


def test_several_threads_agree(identifier: LanguageIdentifier) -> None:
    texts = [case.text for case in CASES] * 5
    expected = [identifier.identify(text) for text in texts]
    found: list[list[object]] = []
    threads = [
        threading.Thread(target=lambda: found.append([identifier.identify(text) for text in texts])) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4


def test_texts_of_one_endless_word(identifier: LanguageIdentifier) -> None:
    assert identifier.identify("a" * 5000).code == "eng_Latn"
    assert identifier.identify("a-" * 5000 + "@" * 5000).code == "eng_Latn"
    assert identifier.identify("हि" * 5000).code == "hin_Deva"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("发货", "zho_Hans"),
        ("發貨", "zho_Hant"),
        ("這裏附近", "zho_Hant"),
        ("気分", "jpn_Jpan"),
        ("蜂蜜", None),
        ("honey", None),
    ],
)
def test_han_scripts(text: str, expected: str | None) -> None:
    assert han_language(text) == expected

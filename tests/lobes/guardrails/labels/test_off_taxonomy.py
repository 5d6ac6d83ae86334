import pytest

from seamless_retail.core.errors import ImportSourceError
from seamless_retail.lobes.guardrails.labels.off_taxonomy import FILE_NAME, import_taxonomy, imported_rows
from seamless_retail.lobes.guardrails.labels.reading import LabelReader

TABLE = "allergen_id\tlang\tsynonym\nen:milk\tbr\tlaezh\nen:gluten\ten\tteff\nen:none\ten\tnone\n"


@pytest.fixture
def copy(tmp_path):
    folder = tmp_path / "taxonomy"
    folder.mkdir()
    (folder / "allergen_synonyms.tsv").write_text(TABLE, encoding="utf-8")
    return folder


def test_an_imported_word_is_found_and_known_errors_are_left_out(copy, tmp_path):
    assert import_taxonomy(copy, tmp_path / "home") == 1
    reader = LabelReader(extra=imported_rows(tmp_path / "home"))
    finding = reader.read("laezh", language="br").of("milk")[0]
    assert finding.row.startswith("off/br/milk")
    assert "ODbL" in imported_rows(tmp_path / "home")[0].source


def test_without_an_import_there_are_no_rows(tmp_path):
    assert imported_rows(tmp_path) == ()


def test_a_folder_without_tables_and_a_damaged_file_are_refused(tmp_path):
    with pytest.raises(ImportSourceError, match="holds no Open Food Facts taxonomy"):
        import_taxonomy(tmp_path, tmp_path / "home")
    (tmp_path / FILE_NAME).write_text("{", encoding="utf-8")
    with pytest.raises(ImportSourceError, match="damaged"):
        imported_rows(tmp_path)

"""Files in many encodings: read as what they are, or refused with advice that is right for that file."""

import pytest

from schuss.tables import InputError, read
from schuss.tables.source import Source
from tests.hostile import make, move_in, refused


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    return move_in(tmp_path, monkeypatch)


def content(words, encoding):
    """A table of one column of text, beside one of numbers; many rows, as real tables have."""
    return ("x,y\n" + "".join(f"{k},{words[k % len(words)]}\n" for k in range(30))).encode(encoding)


KOREAN = [
    "서울|부산", "남|여", "값|이름", "합격|불합격", "예|아니오", "정상|비정상", "A동", "똠",
    "똠|펲", "뷁", "생존|사망", "맑음|흐림|비", "좋음|나쁨", "사과|바나나|포도", "홍길동",
    "온도(℃)", "면적(㎡)", "꽃|쥐|닭", "뉴욕|도쿄|런던", "1월|2월", "3층|비고",
]  # fmt: skip


@pytest.mark.parametrize("listed", KOREAN)
def test_korean_is_read(listed):
    words = listed.split("|")
    table = read(make("t.csv", content(words, "cp949")))
    assert table["y"].to_pylist() == [words[k % len(words)] for k in range(30)]
    assert Source.of(table).describe() == "CSV, separated by ',', CP949"


OTHERS = {
    "gbk": [
        "合格|不合格", "甲|乙|丙", "北京|上海|广州", "苹果|香蕉", "男|女", "优|良|差",
        "是|否", "正常|异常", "一等|二等|三等", "张伟|王芳|李娜", "红|蓝|绿", "温度",
    ],
    "shift_jis": [
        "東京|大阪", "カタカナ", "ひらがな", "男|女", "はい|いいえ", "合格|不合格", "良|可|不可",
        "佐藤|鈴木", "りんご|みかん",
    ],
    "euc_jp": ["東京|大阪", "カタカナ", "男|女", "はい|いいえ", "合格|不合格", "りんご"],
    "big5": ["合格|不合格", "台北|高雄", "男|女", "是|否", "優|良", "張|陳|林"],
    "windows-1252": [
        "(°C)", "Temp °C", "µm", "(µm)", "25°C", "Ärger", "don’t", "1980’s|it’s", "“quoted”",
        "©Acme", "café", "µg/m³", "m²", "Ångström", "São|Paulo", "Änderung|Öl", "±a", "°F",
        "½ cup", "£5", "5 €", "naïve", "Zürich|Genève",
    ],
    "windows-1251": ["Москва|Казань", "да|нет", "мужской|женский", "Иванов", "красный|синий"],
    "koi8-r": ["Москва", "да|нет", "мужской"],
    "cp866": ["Москва", "да|нет"],
    "windows-1250": ["Białystok", "Łódź|Kraków", "środa", "mężczyzna", "zażółć"],
    "windows-1253": ["Αθήνα|ναι", "όχι|ναι"],
    "cp874": ["ชาย|หญิง", "กรุงเทพ"],
}  # fmt: skip
"""Encoding → words that are not to be taken for Korean."""

CASES = [(encoding, listed) for encoding, lists in OTHERS.items() for listed in lists]


@pytest.mark.parametrize(("encoding", "listed"), CASES)
def test_others_are_refused_and_read_when_named(encoding, listed, temporary):
    words = listed.split("|")
    make("t.csv", content(words, encoding))
    error = refused("t.csv", temporary, "This is not text in one of the encodings UTF-8, UTF-16 and CP949")
    assert "--encoding" in error.remedy
    assert "CSV UTF-8" in error.remedy
    table = read("t.csv", encoding=encoding)
    assert table["y"].to_pylist() == [words[k % len(words)] for k in range(30)]
    assert Source.of(table).encoding not in ("utf-8", "cp949")


@pytest.mark.parametrize(
    ("encoding", "words", "advised"),
    [
        ("gbk", ["合格", "不合格"], "gbk"),
        ("shift_jis", ["名前", "カタカナ"], "shift_jis"),
        ("euc_jp", ["東京", "りんご"], "euc-jp"),
        ("big5", ["台北", "高雄"], "big5"),
        ("cp1252", ["(°C)"], "windows-1252"),
        ("cp1252", ["café", "naïve"], "windows-1252"),
        ("cp1251", ["Москва", "нет"], "windows-1251"),
        ("koi8-r", ["Москва", "нет"], "koi8-r"),
        ("cp1253", ["Αθήνα", "ναι"], "windows-1253"),
        ("cp874", ["หญิง", "กรุงเทพ"], "cp874"),
    ],
)
def test_the_advice_is_right(encoding, words, advised, temporary):
    make("t.csv", content(words, encoding))
    said = f"It looks like {advised.upper()}. Say so with --encoding {advised}"
    error = refused("t.csv", temporary, said, f"iconv -f {advised.upper()} -t UTF-8 t.csv")
    assert read("t.csv", encoding=advised)["y"][0].as_py() == words[0], error


@pytest.mark.parametrize(("words", "encoding"), [(["東京", "名前"], "iso2022_jp"), (["서울", "부산"], "iso2022_kr")])
def test_encodings_of_seven_bits_are_named(words, encoding, temporary):
    make("t.csv", content(words, encoding))
    refused("t.csv", temporary, f"This is text in {encoding.upper()}", f"--encoding {encoding}")
    assert read("t.csv", encoding=encoding)["y"][0].as_py() == words[0]


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".jsonl"])
def test_the_name_of_an_encoding_decides(ending):
    from tests.hostile import packed

    text = "x,y\n1,é\n" if "csv" in ending else '{"x": 1, "y": "é"}\n'
    written = text.encode("mac_roman")
    name = make(f"t{ending}", packed(written) if ending.endswith("gz") else written)
    assert read(name, encoding="macintosh").to_pydict() == {"x": [1], "y": ["é"]}
    with pytest.raises(InputError, match=r"This is not text in utf-8 .*Name another with --encoding"):
        read(name, encoding="utf-8")


@pytest.mark.parametrize("name", ["latin9000", "utf8mb", "hex", "rot13", ""])
def test_names_of_no_encoding(name):
    make("t.csv", "x,y\n1,2\n")
    with pytest.raises(InputError, match=f"There is no encoding '{name}'. Name one such as utf-8"):
        read("t.csv", encoding=name)


def test_a_marked_file_may_be_named():
    make("t.csv", "\ufeffx,y\n1,é\n".encode())
    assert read("t.csv", encoding="UTF-8").column_names == ["x", "y"]


def test_other_formats_have_no_encoding():
    from tests.hostile import PARQUET

    with pytest.raises(InputError, match="says itself how its text is written"):
        read(make("t.parquet", PARQUET), encoding="utf-8")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("x,y\n1,한국\n2,é\n3,서울\n".encode() + b"4,\xe9\n", "Nearly all of it is UTF-8: correct this line"),
        (
            "".join(f"x,서울{k}\n" for k in range(60)).encode("cp949") + b"4,\xc0 \n",
            "Nearly all of it is CP949: correct this line",
        ),
    ],
)
def test_one_wrong_line(content, said, temporary):
    make("t.csv", content)
    refused("t.csv", temporary, said)

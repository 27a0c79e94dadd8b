"""Which encoding bytes are likely to be in, told by the letters that they would be.

Two bytes that are a Hangul syllable in CP949 are a Chinese character in GBK, and "°C" in Windows-1252. No byte tells
which; the letters do. Of every language a few hundred letters make up most of what is written, and what is read in a
wrong encoding has few of them.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple

KOREAN = frozenset(
    "이다는을가의에지고하도사기로인나리를자어서한시해대은과일아그정수라들부전있주보여상게장면것제만성조무구으원니비유오스소적"
    "생공국동안우경관물마신용회치방모선연미진문세개실까거중행학년계재네명내양음심요습데법위산러없당분트영입때식했업바날간발였각"
    "금호통야던래불단작말남화운본려감초강포차타민피름배터따디결속달반알노점체건임추표크드파저살느예권급력직출두외레교복람활르질"
    "허번같등편근길품쓰찰베석특집눈락밀천광군평종변른히환설태향절규손완투카페병박김최윤송울북목족객탑승항키몸값별존망격합역증참석"
    "맞코프님떤버킬월화토요춘하추졸재휴퇴혼녀딸들총맥커잔빵밥면국밖론쪽림책색빨검흰초록갈맑흐림눈침점심녁침반응답회상층층실혈압"
    "당뇨암환폐간열량률율액값매판구입숫측온습험험좋싫높낮많적크작큰빠늦른새옛약강충남북경제주창청전라광울릉세종수원성용인천안양"
    "뉴욕런던쿄컴퓨셔츠팝랜샵숍밴댄헤헬케켓콜콘쿠큐킹탁탄탈택테텔톤툴튜틀팀팔팬펜펌폰폴푸픽핀필핑햄헌협홈홍확황획횟효후훈휘흥힘꽃"
    "끝꿈넣놀닭덕돈돌될듣딩떠똑뛰뜻략량렌렸롯룸류륙릭립링맛메멘몇몬못묘묵받백뱅벌범벽볼봉뷰브블빌뿐샘섯섬셋셨쇼숨쉬슨슬싱싸쌀쏘씨악"
    "앙앤얼엄엇엔엘엽옮옷왔웅워웨융응익잎잘잠잡져졌좀죄죽줄줌즈즉즐증짜째쩌척첫촌춤충취칭칸칼캐컬쥐곰돼뱀끼룡팥콩밀쌍꼬막뇌폭풍"
    "칠팔육삼십백억조년혜민준서윤지훈현우은영숙자희철순옥석빈찬규태형혁린솔봄여름가을겨울왕왼오른편친척삼촌웃울음막앞뒤옆"
)
"""Syllables that are frequent in Korean texts, names and tables."""

CHINESE = frozenset(
    "的一是不了人我在有他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么心多天而能好都"
    "然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些与高意进把法此实回"
    "二理美点月明其种声全工己话儿者向情部正名定女问力机给等几很业最间新什打便位因重被走电四第门相次东政海口使教西再平真听世气"
    "信北少关并内加化由却代军产入先山五太水万市眼体别处总才场师书比住员九笑性通目华报立马命张活难神数件安表原车白应路期叫死常"
    "提感金何更反合放做系计或司利受光王果亲界及今京务制解各任至清物台象记边共风战干接它许八特觉望直服毛林题建南度统色字请交爱"
    "让认算论百吃义科怎元社术结六功指思非流每青管夫连远资队跟带花快条院变联言权往展该领传近留红治决周保达办运武半候七必城父强"
    "步完革深区即求品士转量空甚众技轻程告江语英基派满式李息写呢识极令黄德收脸钱党倒未持取设始版双历越史商千片容研像找友孩站广"
    "改议形委早房音火际则首单据导影失拿网香似斯专石若兵弟谁校读志飞观争究包组造落视济喜离虽坏兴级格合否甲乙丙丁男女省县镇村街"
    "号楼室病良优差优秀及格低温湿压力速质质量类型编号姓名年龄地址电话职业学历收入价格金额数量日期状态结果备注是否正常异常阴阳"
    "苏浙皖闽赣鲁豫鄂湘粤桂琼川贵云藏陕甘宁疆津沪渝冀晋辽吉黑港澳王刘陈杨赵吴孙徐朱胡郭何高罗郑梁谢宋唐韩曹邓萧冯曾程蔡彭潘袁"
    "董余杜叶蒋苹蕉橙梨桃鸡牛羊猪鱼菜米茶酒油盐糖春夏秋冬绿蓝紫灰橙棕大小中高低冷热晴雨雪云多阴"
)
"""Characters that are frequent in Chinese as it is written in mainland China."""

TRADITIONAL = frozenset(
    "的一是不了人我在有他這中大來上國個到說們為子和你地出道也時年得就那要下以生會自著去之過家學對可她里後小麼心多天而能好都"
    "然沒日於起還發成事只作當想看文無開手十用主行方又如前所本見經頭面公同三已老從動兩長知民樣現分將外但身些與高意進把法此實回"
    "二理美點月明其種聲全工己話兒者向情部正名定女問力機給等幾很業最間新什打便位因重被走電四第門相次東政海口使教西再平真聽世氣"
    "信北少關並內加化由卻代軍產入先山五太水萬市眼體別處總才場師書比住員九笑性通目華報立馬命張活難神數件安表原車白應路期叫死常"
    "提感金何更反合放做系計或司利受光王果親界及今京務制解各任至清物台象記邊共風戰干接它許八特覺望直服毛林題建南度統色字請交愛"
    "讓認算論百吃義科怎元社術結六功指思非流每青管夫連遠資隊跟帶花快條院變聯言權往展該領傳近留紅治決周保達辦運武半候七必城父強"
    "步完革深區即求品士轉量空甚眾技輕程告江語英基派滿式李息寫呢識極令黃德收臉錢黨倒未持取設始版雙歷越史商千片容研像找友孩站廣"
    "改議形委早房音火際則首單據導影失拿網香似斯專石若兵弟誰校讀志飛觀爭究包組造落視濟喜離雖壞興級格否甲乙丙丁男女省縣鎮村街號樓"
    "室病良優差秀低溫濕壓速質類型編姓齡址職額態備註異陰陽臺北高雄新竹桃園南投嘉義彰化屏東宜蘭基隆陳林黃張李王吳劉蔡楊許鄭謝郭洪"
)
"""Characters that are frequent in Chinese as it is written in Taiwan and Hong Kong."""

JAPANESE = frozenset(
    "日一国人年大十二本中長出三時行見月分後前生五間上東四今金九入学高円子外八六下来気小七山話女北午百書先名川千水半男西電校語"
    "土木聞食車何南万毎白天母火右読友左休父雨会同事自社発者地業方新場員立開手力問代明動京目通言理体田主題意不作用度強公持野以思"
    "家世多正安院心界教文元重近考画海売知道集別物使品計死特私始朝運終台広住真有口少町料工建空急止送切転研足究楽起着店病質待試族"
    "銀早映親験英医仕去味写字答夜音注帰古歌買悪図週室歩風紙黒花春赤青館屋色走秋夏習駅洋旅服夕借曜飲肉貸堂鳥飯勉冬昼茶弟牛魚兄犬"
    "妹姉漢市区県都府道村合格良可優否性別氏番号住所価格種類結果型値量数値状態備考温湿圧速晴曇雪平均最低点男女阪神奈横浜名古屋福岡"
    "札幌仙広島沖縄千葉埼玉愛知佐藤鈴木高橋伊渡辺村林加吉田松井清斎"
)
"""Kanji that are frequent in Japanese; kana stand by themselves."""

ALPHABETS = {
    "Cyrillic": ("[Ѐ-ӿ]", "[аеёиоуыэюяіїє]"),
    "Greek": ("[Ͱ-Ͽ]", "[αεηιουωάέήίόύώϊϋΐΰ]"),
    "Hebrew": ("[א-ת]", "[א-ת]"),
    "Arabic": ("[ء-ي]", "[اويى]"),
    "Thai": ("[ก-ฺเ-๎]", "[ก-ฮ][ะ-ฺ็-๎]|[เ-ไ][ก-ฮ]"),
}
"""Letters of an alphabet, and what every word of it has: a vowel."""

WESTERN = frozenset("àáâãäåæçèéêëìíîïñòóôöøùúûüßÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÖØÙÚÛÜ")
CENTRAL = frozenset("ąćęłńóśźżĄĆĘŁŃÓŚŹŻáčďéěíňřšťúůýžÁČĎÉĚÍŇŘŠŤÚŮÝŽöőüűäôĺľŕăâîșțşţđ")
TURKISH = frozenset("çğıöşüÇĞİÖŞÜâîû")

SIGNS = frozenset("°µ£§©®½¼¾²³¹·×±ªº¿¡«»’‘“”„–—•…™€¥¢¶")
"""Signs of Windows-1252 that stand in tables: units, quotation marks, dashes."""

SEPARATORS = bytes.maketrans(bytes([*range(0x20), *b',;"']), 35 * b" ")
"""Bytes that separate cells or words in every encoding here: none is a part of a letter."""

MOST_WORDS = 20_000
"""Different words that tell the encoding."""

MOST_HANJA = 0.4
"""Of Korean text, no more is neither Hangul nor a sign."""

MOST_WRONG = 0.02
"""Of the words of a text, no more may be damaged."""

RARE = 0.1
"""How likely a letter is that hardly ever is written."""

LIKELY = 0.5
"""An encoding of which less is likely is not named as one that a file may be in."""


class Letters(NamedTuple):
    """How to tell an encoding: Python's name of it, and how likely its letters are."""

    encoding: str
    likelihood: Callable[[Iterable[str]], float]


class Words:
    """The different words of a text that have a letter beyond ASCII, as bytes; fed with pieces of any length."""

    def __init__(self) -> None:
        self.found: set[bytes] = set()
        self._rest = b""

    def feed(self, piece: bytes) -> None:
        """Take a piece of the text."""
        words = (self._rest + piece).translate(SEPARATORS).rsplit(b" ", 1)
        self._rest = words[-1][-1000:]
        if len(words) > 1 and len(self.found) < MOST_WORDS:
            self.found |= {word for word in set(words[0].split()) if not word.isascii()}

    def all(self) -> list[bytes]:
        """All of them, once the last piece is there; at most `MOST_WORDS`."""
        self.feed(b" ")
        return sorted(self.found)[:MOST_WORDS]


def is_korean(words: list[bytes]) -> bool:
    """Whether words are likelier to be Korean in CP949 than anything else in another encoding.

    >>> is_korean(["서울".encode("cp949"), "부산".encode("cp949")])
    True
    >>> is_korean(["合格".encode("gbk"), "不合格".encode("gbk")]), is_korean(["(°C)".encode("cp1252")])
    (False, False)
    """
    korean = _likelihood(words, KOREAN_LETTERS)
    return korean >= RARE and korean > max(_likelihood(words, letters) for letters in RIVALS)


def likely_encoding(words: list[bytes]) -> str | None:
    """The encoding, other than CP949, that words are likeliest to be in; None where none is likely.

    >>> likely_encoding(["Привет".encode("cp1251")]), likely_encoding(["カタカナ".encode("shift_jis")])
    ('windows-1251', 'shift_jis')
    """
    scores = [(_likelihood(words, letters), letters.encoding) for letters in (*RIVALS, *OTHERS)]
    best, encoding = max(scores, key=lambda score: score[0])
    return encoding if best >= LIKELY else None


def _likelihood(words: list[bytes], letters: Letters) -> float:
    """How likely the letters are; 0 where too many words are none in this encoding."""
    texts = [word.decode(letters.encoding, "replace") for word in words]
    wrong = sum("\ufffd" in text for text in texts)
    return 0.0 if wrong > MOST_WRONG * len(words) else letters.likelihood(texts)


def _mean(grade: Callable[[str], float | None], words: Iterable[str]) -> float:
    """The mean grade of the letters beyond ASCII; a letter without a grade does not count."""
    counts = Counter(letter for word in words for letter in word if letter > "\x7f")
    graded = [(grade(letter), count) for letter, count in counts.items()]
    known = [(value, count) for value, count in graded if value is not None]
    return sum(value * count for value, count in known) / max(1, sum(count for _, count in known))


def _korean(words: Iterable[str]) -> float:
    """0 where much of it is no Hangul; in the other words there are more rare syllables the more are misread."""
    words = list(words)
    letters = [letter for word in words for letter in word if letter.isalpha() and letter > "\x7f"]
    hangul = sum("가" <= letter <= "힣" for letter in letters)
    if hangul <= (1 - MOST_HANJA) * len(letters):
        return 0.0
    return _mean(_grade_of_hangul, words)


def _grade_of_hangul(letter: str) -> float | None:
    if "가" <= letter <= "힣":
        return 1.0 if letter in KOREAN else 0.3 if len(_bytes(letter, "euc_kr")) == 2 else RARE
    return 0.0 if letter.isalpha() or letter == "\ufffd" else None


def _grade_of_character(letter: str, common: frozenset[str], encoding: str, first_rare: int) -> float | None:
    """Common characters, those of the first level of their standard, and rarer ones."""
    if "一" <= letter <= "鿿":
        found = _bytes(letter, encoding)
        return 1.0 if letter in common else 0.3 if found and found[0] < first_rare else RARE / 2
    return 0.0 if letter.isalpha() or letter == "\ufffd" else None


def _grade_of_japanese(letter: str) -> float | None:
    if "ぁ" <= letter <= "ヺ":
        return 1.0
    if "ｦ" <= letter <= "ﾟ":
        return 0.4
    return _grade_of_character(letter, JAPANESE, "cp932", 0)


def _bytes(letter: str, encoding: str) -> bytes:
    try:
        return letter.encode(encoding)
    except UnicodeEncodeError:
        return b""


def _by_alphabet(name: str, words: Iterable[str]) -> float:
    """The share of letters in words of an alphabet: small letters, of which the first may be a capital, or capitals."""
    alphabet, vowel = ALPHABETS[name]
    total, fitting = 0, 0.0
    for text in words:
        total += sum(letter > "\x7f" for letter in text)
        for word in re.findall(f"(?<![A-Za-z]){alphabet}{{2,}}(?![A-Za-z])", text):
            rest, has_vowel = word[1:], re.search(vowel, word.lower())
            shape = 1.0 if rest == rest.lower() else 0.5 if word.isupper() else 0.0
            fitting += len(word) * (shape if has_vowel else 0.0) * (1.0 if len(word) > 2 else RARE / 2)
    return fitting / max(1, total)


def _latin(own: frozenset[str], words: Iterable[str]) -> float:
    """The share of letters that stand as they do in words of Latin letters, and of signs between others."""
    total, fitting = 0, 0.0
    for word in words:
        letters = [letter for letter in word if letter.isalpha() and letter not in SIGNS]
        short = RARE / 2 if len(letters) < 3 and len(word) > 1 else 1.0
        foreign = len(letters) > 1 and all(letter > "\x7f" for letter in letters)
        for k, letter in enumerate(word):
            if letter > "\x7f":
                total += 1
                found = _fits(letter, word[k - 1 : k] if k else "", word[k + 1 : k + 2], own)
                fitting += found if letter in SIGNS else 0.0 if foreign else found * short
    return fitting / max(1, total)


def _fits(letter: str, before: str, after: str, own: frozenset[str]) -> float:
    """How well a letter of Latin-1 or the like stands between two others."""
    if letter in SIGNS:
        inside = before.isalpha() and after.isalpha() and letter not in "’·"
        return 0.0 if max(before, after) > "\x7f" else 0.4 if inside else 1.0
    if letter not in own or any(x > "\x7f" and not (x in own and x.islower()) for x in (before, after) if x):
        return 0.0
    if letter.isupper() and after:
        return 0.0 if before.islower() else 1.0
    return 1.0 if (before + after).isalpha() else 0.2


KOREAN_LETTERS = Letters("cp949", _korean)

RIVALS = (
    Letters("windows-1252", partial(_latin, WESTERN)),
    Letters("windows-1250", partial(_latin, CENTRAL)),
    Letters("gbk", partial(_mean, partial(_grade_of_character, common=CHINESE, encoding="gb2312", first_rare=0xD8))),
    Letters("shift_jis", partial(_mean, _grade_of_japanese)),
    Letters("euc-jp", partial(_mean, _grade_of_japanese)),
    Letters("big5", partial(_mean, partial(_grade_of_character, common=TRADITIONAL, encoding="big5", first_rare=0xC9))),
    Letters("windows-1251", partial(_by_alphabet, "Cyrillic")),
    Letters("koi8-r", partial(_by_alphabet, "Cyrillic")),
    Letters("windows-1253", partial(_by_alphabet, "Greek")),
)
"""Encodings whose text may be CP949 as well, byte for byte; of equals the first is named."""

OTHERS = (
    Letters("cp866", partial(_by_alphabet, "Cyrillic")),
    Letters("windows-1254", partial(_latin, TURKISH)),
    Letters("windows-1255", partial(_by_alphabet, "Hebrew")),
    Letters("windows-1256", partial(_by_alphabet, "Arabic")),
    Letters("cp874", partial(_by_alphabet, "Thai")),
    Letters("macintosh", partial(_latin, WESTERN)),
    Letters("cp850", partial(_latin, WESTERN)),
)
"""Encodings that are named in advice alone: their letters fit what is Korean too often to speak against it."""

"""What the rules of Persian orthography know of letters, words and verbs.

LETTER and MARKS are the insides of character classes. Sources of the forms: the grammar's
regular present and past, for the verbs that common prose uses.
"""

from __future__ import annotations

import re
from functools import cache

from pipeline.checks.prose import MARK

LETTER = "\u0620-\u063a\u0641-\u064a\u066e\u066f\u0671-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06fc\u06ff"
MARKS = "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
IN_WORD = f"{LETTER}{MARKS}\u0640\u200c\u200d"
DIGIT = "\u06f0-\u06f9"
SPACE = "[ \\t\u00a0\u202f]"
"""White space on one line; what a line end parts is never joined."""

GAP = f"(?:\u200c*{SPACE}+\u200c*)"
"""A space where a half-space belongs, perhaps with a half-space beside it."""

_LAST_WORD = re.compile(f"[{IN_WORD}]+\\Z")
_NOT_LETTERS = re.compile(f"[^{LETTER}]")


def word_before(prose: str, at: int) -> str:
    """The word that ends at `at`; empty where something else does."""
    found = _LAST_WORD.search(prose, max(0, at - 40), at)
    return found[0] if found else ""


def letters(word: str) -> str:
    """A word without marks, joiners and tatweel."""
    return _NOT_LETTERS.sub("", word)


def is_letter(character: str) -> bool:
    """Whether it is a letter or mark of the Arabic script."""
    return bool(_ONE_LETTER.match(character))


_ONE_LETTER = re.compile(f"[{LETTER}{MARKS}]")


def before(prose: str, at: int) -> str:
    """The character that a sign at `at` follows, markup and closing brackets passed over."""
    while at > 0 and prose[at - 1] in _CLOSERS:
        at -= 1
    return prose[at - 1] if at else ""


def spaces_before(prose: str, at: int, spaces: str = " \u00a0") -> int:
    """Where the spaces that end at `at` begin."""
    while at > 0 and prose[at - 1] in spaces:
        at -= 1
    return at


_CLOSERS = f"{MARK}»)]\"”'"
_OPENERS = f"{MARK}«([\"“' \t\u00a0"


def after(prose: str, at: int) -> str:
    """The next character that is neither markup, space nor an opening bracket."""
    while at < len(prose) and prose[at] in _OPENERS:
        at += 1
    return prose[at] if at < len(prose) else ""


_SIGNALS = re.compile(
    f"(?<![{IN_WORD}])ال(?!ان|بته|گو|هام|ماس|کترو|کن|تهاب|زام|حاق|ی|ف)[{LETTER}]{{3}}"
    f"|(?<![{IN_WORD}])[إأ][{LETTER}]|الله|[\u0629\u0649](?![{LETTER}])|[\u064b-\u0652][{LETTER}]+[\u064b-\u0650\u0652]"
)


def in_arabic(prose: str, start: int, end: int) -> bool:
    """Whether a quotation in Arabic stands around: its spelling is its own."""
    around = prose[max(0, start - 30) : end + 30]
    first = _SIGNALS.search(around)
    return first is not None and (
        "\u064b" <= first[0][1:2] <= "\u0652" or _SIGNALS.search(around, first.end()) is not None
    )


# --- verbs

_PRESENT = """
کن شو ده خواه توان دان رو آی گوی گیر گذار گزار گذر باش دار ساز نویس خوان بین یاب پذیر افزای
آور بر زن افت انداز پرداز شناس فرست فروش خر کش رس رسان ترس ترسان پرس فهم فهمان خند خور خوران
خواب نشین ایست مان میر گرد گردان چرخ چرخان پوش پوشان کوش جوش شنو بند شکن سوز سوزان ریز گریز
آموز آمیز آزمای نمای گشای سنج کاه خیز پیوند پیچ چین چسب چسبان لرز ارز انجام طلب بخش پسند دو جه
رقص بار تاب کار درخش لغز رنج دزد کوب مال سپار شمار فشار گمار نگر گری زی شای پندار انگار انگیز
آویز ستیز پرست پرور پیمای ربای فرمای آسای آلای زدای سرای گرای پای زای روی جوی شوی رهان کشان نشان
گنج گنجان نام دوز پز تاز باز نواز گداز آغاز پاش تراش خراش نال جنگ اندیش برازند گسل گستر گسار
شکاف کن دم فریب آزار آرای پالای گوار انبار طپ تپ جنب جنبان چش لیس مک گز پراکن خشک شتاب
"""
_PAST = """
کرد شد داد خواست توانست دانست رفت آمد گفت گرفت گذاشت گزارد گذشت بود داشت ساخت نوشت خواند دید یافت
پذیرفت افزود آورد برد زد افتاد انداخت پرداخت شناخت فرستاد فروخت خرید کشید رسید رساند رسانید ترسید
ترساند پرسید فهمید فهماند خندید خورد خوراند خوابید نشست ایستاد ماند مرد گشت گردید گرداند چرخید
چرخاند پوشید پوشاند کوشید جوشید شنید بست شکست سوخت سوزاند ریخت گریخت آموخت آمیخت آزمود نمود گشود
سنجید کاست خاست پیوست پیچید چید چسبید چسباند لرزید ارزید انجامید طلبید بخشید پسندید دوید جهید رقصید
بارید تابید کاشت درخشید لغزید رنجید دزدید کوبید مالید سپرد شمرد فشرد گماشت نگریست گریست زیست
بایست شایست پنداشت انگاشت انگیخت آویخت ستیزید پرستید پرورد پیمود ربود فرمود آسود آلود زدود سرود
گرایید پایید زایید رویید جست شست رهاند کشاند نشاند گنجید گنجاند نامید دوخت پخت تاخت باخت نواخت
گداخت پاشید تراشید خراشید نالید جنگید اندیشید گسست گسترد شکافت دمید فریفت آزرد آراست پالود تپید
جنبید جنباند چشید لیسید مکید گزید پراکند خشکید شتافت
"""
_WHOLE = """
توان باید بایست بایستی شه کنه کنن کنین کنید خوام خواد خوای خوایم خواین خوان تونم تونی تونه تونیم
تونید تونین تونن دونم دونی دونه دونیم دونید دونین دونن گم گه گن گین رم ره رن شن شین دم دن
زنه زنن گیره گیرن بینه بینن دانه رسه رسن مونه مونم خوره خورن
"""


@cache
def verb_forms() -> frozenset[str]:
    """What may follow می and نمی: present, past and perfect forms, letters only."""
    forms = set(_WHOLE.replace("\u200c", "").split())
    for stem in _PRESENT.split():
        forms.update(stem + ending for ending in ("م", "ی", "د", "یم", "ید", "ند"))
        if stem.endswith("ی"):  # گوئیم for گوییم
            forms.update(stem[:-1] + ending for ending in ("ئی", "ئیم", "ئید"))
    for stem in _PAST.split():
        forms.update(stem + ending for ending in ("", "م", "ی", "یم", "ید", "ند"))
        forms.update(stem + "ه" + ending for ending in ("", "ام", "ای", "ایم", "اید", "اند"))
    return frozenset(forms)


_ADJECTIVES = """
بزرگ کوچک سریع ساده پیچیده طولانی کوتاه بلند عمیق دقیق روشن تاریک سخت آسان قوی ضعیف زیاد کم بیش
مهم جدید قدیم قدیمی تازه نو کهنه خوب بد به زیبا زشت گران ارزان سنگین سبک گرم سرد داغ خنک نزدیک دور
پایین بالا پیش عقب جلو زود دیر آهسته آرام تند کند امن ایمن مطمئن مناسب بهینه کامل ناقص واضح شفاف
تخصصی عمومی کلی جزئی جزیی خاص عام گسترده وسیع محدود باز بسته پیشرفته ابتدایی اصلی فرعی راحت دشوار
مشکل خوانا منعطف انعطاف‌پذیر موثر مؤثر مفید کارآمد کارا پرسرعت کم‌هزینه پرهزینه قدرتمند هوشمند
باهوش جوان پیر شاد غمگین خوشحال ناراحت فعال جدی رسمی سالم بیمار شلوغ خلوت پهن باریک ضخیم نازک چاق
لاغر تمیز کثیف شیرین تلخ ترش شور خوشمزه محبوب معروف مشهور شناخته‌شده رایج متداول مرسوم معمول جالب
جذاب عجیب غریب طبیعی انتزاعی صریح ضمنی پایدار ناپایدار منظم نامنظم متنوع مدرن سنتی ظریف لطیف خشن
نرم سفت محکم غنی فقیر ثروتمند بدیهی مرتبط مستقیم عمده فراوان اندک جامع مفصل مختصر خلاصه دقیق پررنگ
کم‌رنگ درشت ریز پاک صاف ناب رقیق غلیظ عاقل دانا نادان مهربان خطرناک بی‌خطر حساس
"""
ADJECTIVES = frozenset(_ADJECTIVES.split())
"""Adjectives whose comparative is one word with تر; after other words «تر» may be wet."""

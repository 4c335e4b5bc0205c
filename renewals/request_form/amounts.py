"""Amounts as a Chinese form writes them. Pure; integer fen."""

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿")


def yuan(fen: int) -> str:
    """12345600 → 123,456.00"""
    return f"{fen // 100:,}.{fen % 100:02d}"


def yuan_in_words(fen: int) -> str:
    """大写: 20050 → 人民币贰佰元伍角整 (正确填写票据和结算凭证的基本规定). Below one 万亿 yuan."""
    if not 0 <= fen < 10**14:
        raise ValueError(fen)
    whole, jiao, cents = fen // 100, fen // 10 % 10, fen % 10
    words = f"{_integer(whole)}元" if whole else ""
    if jiao:
        words += f"{_DIGITS[jiao]}角"
    elif cents and whole:
        words += "零"
    if cents:
        words += f"{_DIGITS[cents]}分"
    return "人民币" + (words or "零元") + ("" if cents else "整")


def _integer(whole: int) -> str:
    """10010 → 壹万零壹拾: one 零 for every gap of zeros, none at a group's end."""
    words, gap = "", False
    digits = str(whole)
    for index, digit in enumerate(digits):
        group, place = divmod(len(digits) - 1 - index, 4)
        if digit == "0":
            gap = True
        else:
            words += ("零" if gap and words else "") + _DIGITS[int(digit)] + _PLACES[place]
            gap = False
        if place == 0 and group and whole // 10 ** (4 * group) % 10_000:
            words += _GROUPS[group]
    return words

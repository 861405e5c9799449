"""Words of sites for what ComicInfo has a fixed word for: age rating, reading direction, yes."""

from __future__ import annotations

from cbzsafe.comicinfo.values import text

AGES = {
    "Unknown": -1,
    "Rating Pending": -1,
    "Everyone": 0,
    "G": 0,
    "Early Childhood": 3,
    "Kids to Adults": 6,
    "PG": 8,
    "Everyone 10+": 10,
    "Teen": 13,
    "MA15+": 15,
    "M": 17,
    "Mature 17+": 17,
    "Adults Only 18+": 18,
    "R18+": 18,
    "X18+": 18,
}
"""The age ratings of the schema, with the age in years that Komga takes each for."""

_AGE_WORDS = {
    **{word.casefold(): word for word in AGES},
    **dict.fromkeys(("safe", "general", "s", "all ages", "all", "sfw"), "Everyone"),
    **dict.fromkeys(("suggestive", "sensitive"), "Teen"),
    **dict.fromkeys(("erotica", "questionable", "q", "mature"), "Mature 17+"),
    **dict.fromkeys(("pornographic", "explicit", "e", "adult", "nsfw"), "Adults Only 18+"),
    **dict.fromkeys(("r-18", "r-18g", "r18", "18+", "hentai"), "Adults Only 18+"),
}
"""What sites call them. A lone `g` is the schema's own word."""

_OF_SITE = {
    "newgrounds": {"e": "Everyone", "t": "Teen", "m": "Mature 17+", "a": "Adults Only 18+"},
    "danbooru": {"s": "Teen"},  # 'sensitive' there, 'safe' at others
}
"""Where a site has another meaning for a word, by gallery-dl's category."""

_READING = {
    "yesandrighttoleft": "YesAndRightToLeft",
    **dict.fromkeys(("ja", "jp", "ja-ro", "japanese"), "YesAndRightToLeft"),
    **dict.fromkeys(("manga", "doujinshi", "doujin", "one-shot"), "YesAndRightToLeft"),
    **dict.fromkeys(("yes", "true"), "Yes"),
    **dict.fromkeys(("ko", "ko-ro", "korean", "zh", "zh-hk", "zh-ro", "chinese"), "No"),
    **dict.fromkeys(("manhwa", "manhua", "webtoon", "comic", "western"), "No"),
    **dict.fromkeys(("en", "english", "oel", "no", "false"), "No"),
    "unknown": "Unknown",
}
_YES_NO = {"yes": "Yes", "true": "Yes", "1": "Yes", "no": "No", "false": "No", "0": "No"}


def age(value: object, site: str = "") -> str:
    """Make an age rating of the schema out of it or of a site's own word.

    Args:
        value: the word.
        site: gallery-dl's category.
    """
    word = text(value).casefold()
    return _OF_SITE.get(site, {}).get(word) or _AGE_WORDS.get(word, "")


def strictest(*ratings: str) -> str:
    """Give the rating of the highest age."""
    return max(ratings, key=lambda rating: AGES.get(rating, -2))


def manga(value: object) -> str:
    """Say whether it is a manga, and its reading direction, from the schema's word or an origin."""
    return _READING.get(_word(value), "")


def yes_or_no(value: object) -> str:
    """Make Yes or No; Unknown is the schema's default."""
    return _YES_NO.get(_word(value), "")


def _word(value: object) -> str:
    return (str(value) if isinstance(value, bool) else text(value)).casefold()

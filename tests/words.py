"""Every message of the catalogues, as tests compare them."""

from ocop_forecast.i18n.catalogue import LANGUAGES, sentences, set_options

# key -> its words in each language, of several forms the last: that for many
WORDS = {key: tuple(sentences(lang)[key][-1] for lang in LANGUAGES) for key in sentences(LANGUAGES[0])}


def in_each_language(say):
    """Return what a function says in each language."""
    said = []
    for lang in LANGUAGES:
        with set_options(lang=lang):
            said.append(say())
    return said

"""A long text is said in pieces that end where sentences end."""

from hypothesis import given
from hypothesis import strategies as st

from qiao.selfservice.model_pieces import PIECE_MAX, PIECES_MAX, pieces


def test_a_short_text_is_one_piece() -> None:
    assert pieces("  Dial *99.\n\n\n\nThen wait. ") == ("Dial *99.\n\nThen wait.",)
    assert pieces(" \n ") == ()


def test_a_long_one_is_cut_at_the_end_of_a_sentence() -> None:
    first, second = pieces("先说一句。" * 90 + "再说一句，" * 10)
    assert (first, second) == ("先说一句。" * 90, "再说一句，" * 10)


def test_what_does_not_fit_is_left_out_visibly() -> None:
    told = pieces("x" * 5_000)
    assert len(told) == PIECES_MAX
    assert told[-1].endswith("x …")


@given(st.text(max_size=4_000))
def test_every_piece_fits_a_variable(text: str) -> None:
    told = pieces(text)
    assert len(told) <= PIECES_MAX
    assert all(0 < len(one) <= PIECE_MAX + 2 for one in told)

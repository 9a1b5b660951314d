"""Money in integer fen; a price per tonne is signed: negative means the producer pays."""

from decimal import ROUND_HALF_UP, Decimal

FEN_PER_YUAN = 100


def fen_from_yuan(yuan: Decimal | float | str) -> int:
    return int((Decimal(str(yuan)) * FEN_PER_YUAN).quantize(Decimal(1), ROUND_HALF_UP))


def yuan_from_fen(fen: int) -> Decimal:
    return Decimal(fen) / FEN_PER_YUAN

"""What the screen is given: frozen values, one :class:`MarketView` a tick, and nothing to call back into.

All prices are in the product's quote currency and all sizes in its base currency, as exact ``Decimal``. Ages are
seconds at the moment the view was made. Whatever derives from a book is None while the book is not trusted; the
rows themselves are still given, so that a doubtful ladder can be drawn as one.
"""

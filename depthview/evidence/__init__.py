"""What recordings hold, without a screen: ``inspect`` judges them, ``export`` makes tables of them."""

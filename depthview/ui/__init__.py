"""The screen. The only package that imports Textual; it reads frozen views and sends nothing but wishes."""

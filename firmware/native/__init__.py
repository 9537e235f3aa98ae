"""The only C of the product, and its Python face."""

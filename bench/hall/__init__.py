"""What bench/pages.py measures: a hall with much in it, and its data by the barest Django there is."""

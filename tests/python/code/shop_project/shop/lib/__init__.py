from .text import clean_names

"""What several assets do with text."""


def tidy(text: str) -> str:
    return text.strip()

"""Change sets in notebooks: HTML without script that reads well where styles are stripped."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assetdiff._changes import AssetChange, ChangeSet

# More is too long for a notebook's cell.
_ROWS = 100

_SIGNS = {"added": "+", "removed": "−", "renamed": "→", "moved": "⇢", "modified": "~"}
_COLORS = {
    "added": "#1a7f37",
    "removed": "#cf222e",
    "renamed": "#8250df",
    "moved": "#8250df",
    "modified": "#9a6700",
}


def change_set(changes: ChangeSet) -> str:
    """Return the table of a change set: counts, then each change with its kinds and effects."""
    counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in changes.summary.items() if count)
    rows = [_row(change) for change in changes.changes[:_ROWS]]
    more = len(changes) - _ROWS
    note = f"<p>and {more:,} more: see <code>to_text()</code></p>" if more > 0 else ""
    return f"<div><p><strong>{escape(counts or 'no change')}</strong></p>{_table(rows) if rows else ''}{note}</div>"


def change(of: AssetChange) -> str:
    """Return the table of one change."""
    return _table([_row(of)])


def _table(rows: list[str]) -> str:
    head = "<tr>" + "".join(f'<th style="text-align:left">{name}</th>' for name in _HEAD) + "</tr>"
    return f"<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"


_HEAD = ("", "asset", "what", "itself", "downstream")


def _row(change: AssetChange) -> str:
    from assetdiff._core import escape_hidden

    status = change.status.value
    sign = f'<span style="color:{_COLORS[status]};font-weight:bold" title="{status}">{_SIGNS[status]}</span>'
    name = f"<code>{escape(str(change.key))}</code>"
    if change.old is not None and change.old.key != change.key:
        name = f"<code>{escape(str(change.old.key))}</code> → {name}"
    if change.code_location is not None:
        name += f" <small>in {escape(escape_hidden(change.code_location))}</small>"
    what = ", ".join(kind.value.replace("_", " ") for kind in sorted(change.kinds)) if change.modification else status
    what = escape(what) + "".join(f"<br><small>{escape(reason)}</small>" for reason in _code(change))
    effects = (change.effects.own, change.effects.downstream.replace("_", " "))
    cells = (sign, name, what, *(escape(effect) for effect in effects))
    return "<tr>" + "".join(f'<td style="text-align:left">{cell}</td>' for cell in cells) + "</tr>"


# More reasons make a row too high.
_REASONS = 3


def _code(change: AssetChange) -> list[str]:
    """Return which shared code changed, and how the asset reaches it."""
    from assetdiff._core import escape_hidden

    diff = change.modification.code_version if change.modification else None
    if diff is None:
        return []
    old, new = ((side or {}).get("parts") or {} for side in (diff.old, diff.new))
    names = [name for name in sorted(new) if old and old.get(name, {}).get("fingerprint") != new[name]["fingerprint"]]
    reasons = []
    for name in names[:_REASONS]:
        way = " via " + ", ".join(new[name]["via"]) if new[name].get("via") else ""
        reasons.append(escape_hidden(f"{name}{way}"))
    return reasons + ([f"and {len(names) - _REASONS} more"] if len(names) > _REASONS else [])

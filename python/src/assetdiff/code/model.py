"""What a code version is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypedDict, Union

from assetdiff.errors import AssetDiffError

PartKind = Literal["function", "class", "constant", "module", "object", "file", "package"]


class CodeVersionError(AssetDiffError):
    """The code of an asset can't be read: it has no source, or its source doesn't parse."""


class PartForm(TypedDict):
    """One entry of `parts` in a snapshot's `code_version`."""

    fingerprint: str
    via: list[str]


class CodeVersionForm(TypedDict):
    """The `code_version` of an asset in a snapshot."""

    version: str
    parts: dict[str, PartForm]


@dataclass(frozen=True)
class CodePart:
    """Something that an asset's code reaches: a function, class, constant, file or package.

    `fingerprint` is a digest of the part's own canonical form, not of what it calls. `via` names the parts between
    the asset and this one, nearest to the asset first; it is empty for the asset's own function and for what that
    function uses directly. `location` is for people (`"lib/text.py:14"`, `"pandas 2.2.0"`) and part of no digest.
    """

    name: str
    kind: PartKind
    fingerprint: str
    via: tuple[str, ...]
    location: str


@dataclass(frozen=True)
class CodeVersion:
    """A fingerprint of an asset's function and of everything that it reaches, with the reasons.

    `parts` is sorted by name, `warnings` (what the function depends on that can't be seen) by text.
    """

    version: str
    parts: tuple[CodePart, ...]
    warnings: tuple[str, ...]

    def to_dict(self) -> CodeVersionForm:
        """Returns the `code_version` of a snapshot: the version, and each part's fingerprint and way."""
        parts: dict[str, PartForm] = {
            part.name: {"fingerprint": part.fingerprint, "via": list(part.via)} for part in self.parts
        }
        return {"version": self.version, "parts": parts}

    def locations(self) -> dict[str, str]:
        """Returns where each part stands, by its name."""
        return {part.name: part.location for part in self.parts}


class Key(NamedTuple):
    """Identifies something that code can reach, within one project."""

    kind: Literal["definition", "live", "whole module", "module", "file", "package"]
    module: str
    name: str


Pieces = list[Union[str, Key]]
"""Canonical text, with the key of a part wherever the part's name belongs."""


@dataclass
class Node:
    """A part as the project sees it, the same for every asset."""

    kind: PartKind
    short_name: str
    long_name: str
    location: str
    pieces: Pieces
    edges: list[Key] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    # From live objects; these count only where the module is sure to be loaded, or two processes would disagree.
    live_edges: list[Key] = field(default_factory=list)
    live_warnings: list[str] = field(default_factory=list)
    # Texts that could be file names, and folders of which a file is picked by a name, each with what to say of it;
    # nothing is to be said of a folder of which all files count.
    literals: list[str] = field(default_factory=list)
    folders: list[tuple[str, str]] = field(default_factory=list)

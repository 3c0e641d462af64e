//! A line's text, with what is ours kept apart from what a snapshot holds.

use std::borrow::Cow;

use assetdiff::AssetKey;

use crate::shown::{Shown, grouped};

/// A piece of a phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Span {
    /// Words of the report.
    Ours(Cow<'static, str>),
    /// Text from a snapshot.
    Theirs(Shown),
}

/// Words of the report with texts from snapshots between them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Phrase(Vec<Span>);

impl Phrase {
    pub(crate) fn ours(text: impl Into<Cow<'static, str>>) -> Self {
        Self::default().and(text)
    }

    pub(crate) fn theirs(text: Shown) -> Self {
        Self::default().and_theirs(text)
    }

    pub(crate) fn name(name: &str) -> Self {
        Self::theirs(Shown::name(name))
    }

    pub(crate) fn key(key: &AssetKey) -> Self {
        Self::theirs(Shown::key(key))
    }

    /// What stands where nothing is stated.
    pub(crate) fn none() -> Self {
        Self::ours("none")
    }

    pub(crate) fn and(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.0.push(Span::Ours(text.into()));
        self
    }

    pub(crate) fn and_theirs(mut self, text: Shown) -> Self {
        self.0.push(Span::Theirs(text));
        self
    }

    pub(crate) fn and_phrase(mut self, mut next: Phrase) -> Self {
        self.0.append(&mut next.0);
        self
    }

    /// Appends the place in a JSON value, to the name before it if there is one.
    pub(crate) fn and_pointer(mut self, pointer: &str) -> Self {
        let name = match self.0.pop() {
            Some(Span::Theirs(name)) => name,
            words => {
                self.0.extend(words);
                Shown::default()
            }
        };
        self.and_theirs(name.with_pointer(pointer))
    }

    pub(crate) fn spans(&self) -> &[Span] {
        &self.0
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns phrases with a separator between them; those beyond `max` are counted.
    pub(crate) fn list(
        items: impl IntoIterator<Item = Phrase>,
        separator: &'static str,
        max: usize,
    ) -> Phrase {
        let mut items = items.into_iter();
        let mut list = Phrase::default();
        for (index, item) in items.by_ref().take(max).enumerate() {
            if index > 0 {
                list = list.and(separator);
            }
            list = list.and_phrase(item);
        }
        match items.count() {
            0 => list,
            more => list.and(format!(" … {} more", grouped(more))),
        }
    }

    /// Returns names with commas between them; those beyond `max` are counted.
    pub(crate) fn names<'a>(names: impl IntoIterator<Item = &'a String>, max: usize) -> Phrase {
        Self::list(names.into_iter().map(|name| Self::name(name)), ", ", max)
    }

    /// Returns keys with commas between them; those beyond `max` are counted.
    pub(crate) fn keys<'a>(keys: impl IntoIterator<Item = &'a AssetKey>, max: usize) -> Phrase {
        Self::list(keys.into_iter().map(Self::key), ", ", max)
    }
}

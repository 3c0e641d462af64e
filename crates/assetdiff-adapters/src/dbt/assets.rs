//! The assets of a manifest: each is a node, its tests, and the macros that these reach.

use std::borrow::Cow;
use std::collections::HashMap;

use assetdiff::{AssetDefinition, GraphBuilder, JsonText, LimitError, Limits, LoadError, ReadError};
use serde::Deserialize;

use super::checks::{self, is_check};
use super::definition;
use super::macros::Macros;
use super::manifest::{Entry, Manifest};
use crate::both::both;

/// The assets of a manifest, unread.
pub(super) struct Assets<'a> {
    pub(super) manifest: Manifest<'a>,
    pub(super) macros: Macros,
    /// The asset that each test is a check of.
    tested: HashMap<Cow<'a, str>, Cow<'a, str>>,
}

/// What a node says of others.
#[derive(Deserialize)]
pub(super) struct Links<'a> {
    #[serde(borrow, default)]
    attached_node: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    depends_on: Option<DependsOn<'a>>,
}

#[derive(Deserialize)]
struct DependsOn<'a> {
    #[serde(borrow, default)]
    macros: Option<Vec<Cow<'a, str>>>,
    #[serde(borrow, default)]
    nodes: Option<Vec<Cow<'a, str>>>,
}

impl<'a> Assets<'a> {
    pub(super) fn of(text: JsonText<'a>) -> Result<Self, ReadError> {
        let manifest = Manifest::read(text)?;
        let macros = Macros::read(&manifest)?;
        let mut assets = Self { manifest, macros, tested: HashMap::new() };
        let tests = assets.manifest.entries().filter(|(_, entry)| is_check(&entry.id));
        let tested = tests.map(|(_, entry)| {
            let links = assets.links(entry)?;
            let first = links.upstream().next().cloned();
            let attached = links.attached_node.filter(|id| !id.is_empty()).or(first);
            Ok((entry.id.clone(), attached.unwrap_or_else(|| entry.id.clone())))
        });
        assets.tested = tested.collect::<Result<_, _>>()?;
        Ok(assets)
    }

    /// Returns the id of the asset that a node is part of.
    pub(super) fn id<'s>(&'s self, entry: &'s Entry<'_>) -> &'s str {
        self.tested.get(&*entry.id).unwrap_or(&entry.id)
    }

    pub(super) fn links(&self, entry: &Entry<'a>) -> Result<Links<'a>, ReadError> {
        self.manifest.text.read(entry.raw)
    }

    /// Reads some of the assets on two threads.
    pub(super) fn read(
        &self,
        is_wanted: impl Fn(&str) -> bool + Sync,
        limits: &Limits,
    ) -> Result<GraphBuilder, LoadError> {
        let mut ids: Vec<&str> = self.manifest.entries().map(|(_, entry)| self.id(entry)).collect();
        let middle = ids.len() / 2;
        let middle = if ids.is_empty() { "" } else { *ids.select_nth_unstable(middle).1 };
        let half = |is_first: bool| {
            // Its texts were read from JSON, and no extra aspect has the name of a field.
            let mut builder = GraphBuilder::new(limits.clone());
            let is_in_half = |id: &str| (id < middle) == is_first && is_wanted(id);
            self.each(is_in_half, &mut |definition| builder.push_read(definition))?;
            Ok::<_, LoadError>(builder)
        };
        let (first, second) = both(|| half(true), || half(false));
        let mut builder = first?;
        builder.append(second?)?;
        Ok(builder)
    }

    /// Hands on the definitions of some assets.
    pub(super) fn each(
        &self,
        is_wanted: impl Fn(&str) -> bool,
        sink: &mut dyn FnMut(AssetDefinition) -> Result<(), LimitError>,
    ) -> Result<(), LoadError> {
        let is_read = |section: &str, entry: &Entry<'_>| section == "groups" || is_wanted(self.id(entry));
        let wanted = self.manifest.with_only(is_read);
        let checks = checks::by_asset(&wanted, &self.macros)?;
        definition::each(&wanted, &self.macros, checks, sink)
    }
}

impl<'a> Links<'a> {
    pub(super) fn upstream(&self) -> impl Iterator<Item = &Cow<'a, str>> {
        self.depends_on.iter().flat_map(|on| &on.nodes).flatten()
    }

    pub(super) fn macros(&self) -> impl Iterator<Item = &Cow<'a, str>> {
        self.depends_on.iter().flat_map(|on| &on.macros).flatten()
    }
}

//! From an expression to a set of assets.

mod attribute;
pub(super) mod node_set;
pub(super) mod records;
pub(super) mod universe;

use super::expression::{Depth, Operation};
use super::{Language, SelectedAssets, Selection, SelectionError, SelectionProblem, SelectionScope};
use crate::key::AssetKey;
use node_set::NodeSet;
use universe::{Direction, Universe};

pub(super) fn resolve<'a>(
    selection: &Selection,
    scope: &SelectionScope<'a>,
) -> Result<SelectedAssets<'a>, SelectionError> {
    let universe = if super::names_removed(&selection.expression) {
        Universe::with_removed(scope.graph, scope.base, scope.changes)
    } else {
        Universe::of_head(scope.graph)
    };
    let resolver = Resolver { scope, universe, language: selection.language };
    let mut operands: Vec<NodeSet> = Vec::new();
    for (index, operation) in selection.expression.operations.iter().enumerate() {
        let done = resolver.operation(operation, &mut operands);
        operands.push(done.map_err(|problem| selection.error(index, problem))?);
    }
    let nodes = operands.pop().unwrap_or_else(|| resolver.universe.empty());
    Ok(SelectedAssets { universe: resolver.universe, nodes })
}

pub(super) struct Resolver<'s, 'a> {
    pub(super) scope: &'s SelectionScope<'a>,
    pub(super) universe: Universe<'a>,
    language: Language,
}

impl<'a> Resolver<'_, 'a> {
    fn operation(
        &self,
        operation: &Operation,
        operands: &mut Vec<NodeSet>,
    ) -> Result<NodeSet, SelectionProblem> {
        // The parsers never leave out an operand.
        let mut pop = || operands.pop().unwrap_or_else(|| self.universe.empty());
        Ok(match operation {
            Operation::All => self.all(),
            Operation::Attribute(attribute) => self.attribute(attribute)?,
            Operation::Method(method) => self.method(method)?,
            Operation::Name { name, up, down } => {
                let named = self.named(name)?;
                match (*up, *down) {
                    (Depth::NONE, Depth::NONE) => named,
                    (up, Depth::NONE) => self.upstream(named, up),
                    (Depth::NONE, down) => self.downstream(named, down),
                    (up, down) => self.up_and_down(named, up, down),
                }
            }
            Operation::Not => {
                let operand = pop();
                let mut all = self.all();
                all.subtract(&operand);
                all
            }
            Operation::And => {
                let (right, mut left) = (pop(), pop());
                left.intersect(&right);
                left
            }
            Operation::Or => {
                let (right, mut left) = (pop(), pop());
                left.unite(&right);
                left
            }
            Operation::Upstream(depth) => self.upstream(pop(), *depth),
            Operation::Downstream(depth) => self.downstream(pop(), *depth),
            Operation::UpAndDown { up, down } => self.up_and_down(pop(), *up, *down),
            Operation::Closure => self.closure(pop()),
            Operation::Sinks => self.without_reached(pop(), Direction::Upstream),
            Operation::Roots => self.without_reached(pop(), Direction::Downstream),
        })
    }

    fn downstream(&self, mut from: NodeSet, depth: Depth) -> NodeSet {
        let reached = self.universe.reached(&from, Direction::Downstream, steps(depth));
        from.unite(&reached);
        from
    }

    /// In Dagster's language only what can be made is left, of what was there before too.
    fn upstream(&self, mut from: NodeSet, depth: Depth) -> NodeSet {
        let reached = self.universe.reached(&from, Direction::Upstream, steps(depth));
        from.unite(&reached);
        match self.language {
            Language::Dagster => from.intersect(&self.materializable()),
            Language::Dbt => from.intersect(&self.assets()),
        }
        from
    }

    fn up_and_down(&self, from: NodeSet, up: Depth, down: Depth) -> NodeSet {
        let mut both = self.upstream(from.clone(), up);
        both.unite(&self.downstream(from, down));
        both
    }

    /// What is downstream, and everything that any of it or its tests is made from.
    fn closure(&self, from: NodeSet) -> NodeSet {
        let mut below = self.downstream(from, Depth::Unlimited);
        // A test of several assets stands below each of them, so all of them stand above it.
        for together in self.tested_together() {
            if together.iter().any(|&node| below.contains(node)) {
                below.extend(together);
            }
        }
        self.upstream(below, Depth::Unlimited)
    }

    /// Keeps what none of the others reaches. As there are no cycles but steps to oneself, one walk
    /// from all of them finds what any of them reaches.
    fn without_reached(&self, mut from: NodeSet, direction: Direction) -> NodeSet {
        let reached = self.universe.reached(&from, direction, None);
        from.subtract(&reached);
        from
    }

    fn all(&self) -> NodeSet {
        if self.scope.include_external { self.everything() } else { self.materializable() }
    }

    /// All nodes of head, those that are only depended on among them.
    fn everything(&self) -> NodeSet {
        let mut all = self.universe.empty();
        all.extend(0..self.scope.graph.node_count());
        all
    }

    fn assets(&self) -> NodeSet {
        let mut all = self.universe.empty();
        all.extend(0..self.scope.graph.len());
        all
    }

    fn materializable(&self) -> NodeSet {
        let mut set = self.set(self.scope.graph.attributes().materializable());
        if let Some(base) = self.scope.base {
            // What base could make can be passed on the way to what it came from.
            let of_base = |key: &AssetKey| base.node(key).map(|node| node as u32);
            let made = base.attributes().materializable();
            let removed = self.universe.removed();
            set.extend(
                removed
                    .filter(|(_, key)| of_base(key).is_some_and(|n| made.binary_search(&n).is_ok()))
                    .map(|(node, _)| node),
            );
        }
        set
    }

    fn set(&self, nodes: &[u32]) -> NodeSet {
        let mut set = self.universe.empty();
        set.extend(nodes.iter().map(|&node| node as usize));
        set
    }

    /// Takes out what cannot be made, unless the scope includes it.
    fn selectable(&self, mut set: NodeSet) -> NodeSet {
        if !self.scope.include_external {
            set.intersect(&self.materializable());
        }
        set
    }

    fn named(&self, name: &str) -> Result<NodeSet, SelectionProblem> {
        let key = AssetKey::new(name.split('/')).ok();
        let node = key.and_then(|key| self.scope.graph.node(&key));
        let node = node.ok_or_else(|| SelectionProblem::UnknownAsset { name: name.to_owned() })?;
        Ok(self.set(&[node as u32]))
    }
}

fn steps(depth: Depth) -> Option<u64> {
    match depth {
        Depth::Steps(steps) => Some(steps),
        Depth::Unlimited => None,
    }
}

//! Measures selections on a graph of a million assets and three million dependencies, and on a chain of a
//! million.

use std::collections::BTreeSet;

use assetdiff::{
    AssetDefinition, AssetGraph, AssetKey, Column, Dependency, DiffOptions, GraphBuilder, Limits,
    MetadataValue, Provenance, Selection, SelectionScope, Snapshot, diff,
};
use assetdiff_benches::measure::{Against, Bar, Table, Watch, measure};
use assetdiff_benches::shapes::{Random, Shape, changed, snapshot};

/// The layered graph with everything that selections name: an owner of 200, kinds, a group, a table of its
/// own for each asset, and ten columns, of which some are in every asset and some in few.
fn described(count: usize) -> Snapshot {
    let mut snapshot = snapshot(Shape::Layered, count, 1);
    let mut random = Random::new(5);
    for (number, asset) in snapshot.assets.iter_mut().enumerate() {
        asset.group = Some(asset.key.components().next().unwrap_or_default().to_owned());
        asset.kinds = BTreeSet::from(["table".to_owned(), ["dbt", "python", "spark"][number % 3].to_owned()]);
        asset.owners = BTreeSet::from([format!("team:t{}", random.below(200))]);
        let table = MetadataValue::Text(format!("db.schema.t_{number:07}"));
        asset.metadata.insert("dagster/table_name".to_owned(), table);
        let columns = asset.columns.get_or_insert_default();
        for index in 0..8 {
            let mut column = Column { name: format!("c{}", random.below(50_000)), ..Column::default() };
            if index == 0 && number % 10 == 0 {
                column.tags.insert("pii".to_owned(), String::new());
            }
            columns.push(column);
        }
    }
    snapshot
}

fn chain(count: usize) -> AssetGraph {
    let key = |number: usize| AssetKey::new([format!("{number:07}")]).unwrap();
    let mut builder = GraphBuilder::new(Limits::default());
    for number in 0..count {
        let dependencies = number.checked_sub(1).map(|up| Dependency::new(key(up)));
        let dependencies = dependencies.into_iter().collect();
        builder.push_read(AssetDefinition { dependencies, ..AssetDefinition::new(key(number)) }).unwrap();
    }
    builder.finish(Provenance::default(), Default::default()).unwrap()
}

/// The arguments of this bench.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[arg(long, default_value_t = 1_000_000)]
    assets: usize,
    #[arg(long, default_value_t = 9)]
    runs: usize,
    /// Only rows with this in their names.
    #[arg(long, default_value = "")]
    only: String,
    /// Where to write what was measured.
    #[arg(long)]
    json: Option<String>,
}

pub(crate) fn run(Options { assets: count, runs, only, json }: Options) {
    let mut table = Table::default();
    Table::head();
    layered(&mut table, count, (runs, &only));
    let chain = chain(count);
    let scope = SelectionScope::new(&chain);
    let last = count - 1;
    let texts = [
        format!("+key:\"{last:07}\""),
        "key:\"0000000\"+".to_owned(),
        "sinks(*)".to_owned(),
        "roots(*)".to_owned(),
        format!("roots(key:\"0000000\" or key:\"{last:07}\")"),
    ];
    let counts = texts.each_ref().map(|text| selected(text, &scope));
    assert_eq!(counts, [count, count, 1, 1, 1]);
    for text in &texts {
        let name = format!("chain: {text}");
        table.add(measure(
            count,
            (runs, &only),
            &mut [(&name, &mut |watch: &mut Watch| watch.time(|| selected(text, &scope)))],
        ));
    }
    let slowest = table.rows().iter().max_by(|a, b| a.median_ms().total_cmp(&b.median_ms()));
    if let Some(slowest) = slowest.cloned() {
        let bar = (count == 1_000_000).then_some(Bar::Milliseconds(100.0));
        table.compare(&format!("slowest selection: {}", slowest.name), &slowest, Against::Nothing, bar);
    }
    table.finish(json.as_deref());
}

fn selected(text: &str, scope: &SelectionScope<'_>) -> usize {
    Selection::parse_dagster(text).unwrap().resolve(scope).unwrap().len()
}

fn layered(table: &mut Table, count: usize, (runs, only): (usize, &str)) {
    let base = described(count);
    let head = changed(&base, 1, 2);
    let (base, head) = std::thread::scope(|scope| {
        let base = scope.spawn(|| AssetGraph::new(base).unwrap());
        let head = AssetGraph::new(head).unwrap();
        (base.join().unwrap(), head)
    });
    let changes = diff(&base, &head, &DiffOptions::default());
    let mut scope = SelectionScope::new(&head);
    scope.base = Some(&base);
    scope.changes = Some(&changes);
    let last = format!("+key:\"{}\"", head.keys().last().unwrap());
    // Whatever is only made for the first selection is made in the first row, once.
    let texts = [
        "tag:team=v3",
        "owner:\"team:t7\"",
        "kind:dbt",
        "kind:<null>",
        "group:mart",
        "group:\"m*\"",
        "is:external",
        "partitions:time",
        "column:at",
        "column:c77",
        "column:<null>",
        "column_tag:pii",
        "table_name:\"db.schema.t_0000077\"",
        "table_name:<null>",
        "key:\"mart/*77*\"",
        &last,
        "key:\"raw/t_0000007\"+",
        "sinks(tag:team=v3)",
        "roots(tag:team=v3)",
        "sinks(*)",
        "tag:team=v3 and not (kind:dbt or owner:\"team:t7\")+1",
        "changed_in_branch:ANY",
        "changed:tags",
    ];
    let first = {
        let started = std::time::Instant::now();
        selected(texts[0], &scope);
        started.elapsed().as_secs_f64() * 1e3
    };
    table.note(format!("{count} assets: the very first selection, {}, ms", texts[0]), first);
    for text in texts {
        table.add(measure(
            count,
            (runs, only),
            &mut [(text, &mut |watch: &mut Watch| watch.time(|| selected(text, &scope)))],
        ));
    }
}

//! Graphs as rows and back: nothing is lost, and what is no graph is one error.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use arrow_array::{
    ArrayRef, Int64Array, LargeStringArray, RecordBatch, RecordBatchIterator, RecordBatchReader, StringArray,
    StringViewArray,
};
use assetdiff::{AssetDefinition, AssetGraph, AssetKey, Dependency, Limits, Snapshot};
use assetdiff_arrow::{batches, graph, parquet, schema};
use assetdiff_tests::strategies;
use proptest::prelude::*;

fn stored(graph: &AssetGraph) -> Vec<u8> {
    let mut file = Vec::new();
    parquet::write(graph, &mut file).unwrap();
    file
}

fn of(assets: Vec<AssetDefinition>) -> AssetGraph {
    AssetGraph::new(Snapshot { assets, ..Snapshot::default() }).unwrap()
}

fn asset(name: &str) -> AssetDefinition {
    AssetDefinition::new(AssetKey::new([name]).unwrap())
}

fn column(name: &str, values: ArrayRef) -> impl RecordBatchReader {
    let batch = RecordBatch::try_from_iter([(name, values)]).unwrap();
    let schema = batch.schema();
    RecordBatchIterator::new([Ok(batch)], schema)
}

fn error_of(name: &str, values: ArrayRef) -> String {
    graph(column(name, values), &Limits::default()).unwrap_err().to_string()
}

fn error_of_records(records: &[Option<&str>]) -> String {
    error_of("record", Arc::new(StringArray::from_iter(records)))
}

proptest! {
    #[test]
    fn rows_and_parquet_files_hold_the_whole_snapshot((one, _) in strategies::pair()) {
        let one = AssetGraph::new(one).unwrap();
        let json = one.to_snapshot().to_json();
        prop_assert_eq!(&graph(batches(&one), &Limits::default()).unwrap().to_snapshot().to_json(), &json);
        let read = parquet::read(stored(&one), &Limits::default()).unwrap();
        prop_assert_eq!(&read.to_snapshot().to_json(), &json);
    }
}

#[test]
fn a_large_graph_comes_in_several_batches_in_the_order_of_its_keys() {
    let graph = of((0..20_000).map(|number| asset(&format!("a{number:05}"))).collect());
    let read: Vec<RecordBatch> = batches(&graph).map(Result::unwrap).collect();
    assert_eq!(read.iter().map(RecordBatch::num_rows).collect::<Vec<_>>(), [8192, 8192, 3616]);
    let keys: Vec<_> = read
        .iter()
        .flat_map(|batch| batch["key"].as_any().downcast_ref::<StringArray>().unwrap().iter().flatten())
        .collect();
    assert!(keys.is_sorted() && keys.len() == 20_000);
}

#[test]
fn an_empty_graph_has_columns_and_no_rows() {
    let empty = of(Vec::new());
    let rows = batches(&empty);
    assert_eq!(rows.schema().fields(), schema().fields());
    assert_eq!(rows.count(), 0);
    assert!(parquet::read(stored(&empty), &Limits::default()).unwrap().is_empty());
}

#[test]
fn fingerprints_of_aspects_say_what_is_stated() {
    let graph = of(vec![AssetDefinition { group: Some("g".to_owned()), ..asset("a") }]);
    let batch = batches(&graph).next().unwrap().unwrap();
    let stated: Vec<_> = schema()
        .fields()
        .iter()
        .filter(|field| field.name().ends_with("_fingerprint"))
        .filter(|field| {
            batch[field.name().as_str()].as_any().downcast_ref::<Int64Array>().unwrap().value(0) != 0
        })
        .map(|field| field.name().clone())
        .collect();
    assert_eq!(stated, ["group_fingerprint"]);
}

#[test]
fn records_may_be_any_sort_of_text() {
    let records = [r#"{"key": ["a"]}"#, r#"{"key": ["b"], "group": "g"}"#];
    let expected = of(vec![asset("a"), AssetDefinition { group: Some("g".to_owned()), ..asset("b") }]);
    let columns: [ArrayRef; 3] = [
        Arc::new(StringArray::from_iter_values(records)),
        Arc::new(LargeStringArray::from_iter_values(records)),
        Arc::new(StringViewArray::from_iter_values(records)),
    ];
    for values in columns {
        assert_eq!(graph(column("record", values), &Limits::default()).unwrap(), expected);
    }
}

#[test]
fn what_is_no_graph_is_one_error_with_its_row() {
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1]));
    assert_eq!(
        error_of("other", numbers.clone()),
        "expected a column `record` of texts, found no such column"
    );
    assert_eq!(error_of("record", numbers), "expected a column `record` of texts, found one of Int64");
    let good = Some(r#"{"key":["a"]}"#);
    assert_eq!(error_of_records(&[good, None]), "row 2: expected a record, found null");
    assert_eq!(
        error_of_records(&[good, Some("{")]),
        "row 2: line 1, column 1: expected more JSON, found the end of the file"
    );
    let two = Some(r#"{"key":["b"]},{"key":["c"]}"#);
    assert!(
        error_of_records(&[two]).starts_with("row 1: line 1, column 14: "),
        "{}",
        error_of_records(&[two])
    );
    let twice = error_of_records(&[good, good]);
    assert!(twice.contains("expected asset a once") && twice.contains("positions 0 and 1"), "{twice}");
    let nul = Some(r#"{"key":["a"],"group":"\u0000"}"#);
    assert!(error_of_records(&[nul]).starts_with("row 1: line 1, column "), "{}", error_of_records(&[nul]));
}

#[test]
fn limits_hold_for_rows() {
    let records: ArrayRef =
        Arc::new(StringArray::from_iter_values((0..5).map(|n| format!(r#"{{"key":["a{n}"]}}"#))));
    let mut limits = Limits::default();
    limits.max_assets = 4;
    let error = graph(column("record", Arc::clone(&records)), &limits).unwrap_err();
    assert_eq!(error.to_string(), "expected at most 4 assets, found more");
    let mut limits = Limits::default();
    limits.max_bytes = 20;
    let error = graph(column("record", records), &limits).unwrap_err();
    assert_eq!(error.to_string(), "expected at most 20 bytes, found more");
}

/// A file with each sort of column filled.
fn example() -> Vec<u8> {
    let assets = (0..40).map(|number| AssetDefinition {
        owners: ["team:core".to_owned()].into(),
        tags: [("pii".to_owned(), "no".to_owned())].into(),
        dependencies: vec![Dependency::new(AssetKey::new(["raw", "x"]).unwrap())],
        ..asset(&format!("a{number}"))
    });
    stored(&of(assets.collect()))
}

#[test]
fn a_damaged_parquet_file_is_one_error_or_a_graph() {
    let file = example();
    let whole = parquet::read(file.clone(), &Limits::default()).unwrap();
    let (mut refused, mut read) = (0, 0);
    let mut look = |bytes: Vec<u8>| match parquet::read(bytes, &Limits::default()) {
        Ok(graph) => {
            assert!(graph.len() <= whole.len());
            read += 1;
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            refused += 1;
        }
    };
    for end in (0..file.len()).step_by(7) {
        look(file[..end].to_vec());
    }
    for at in 0..file.len() {
        for change in [0x01, 0x80, 0xff] {
            let mut bytes = file.clone();
            bytes[at] ^= change;
            look(bytes);
        }
    }
    assert!(refused > 1000, "{refused} refused, {read} read");
}

#[test]
fn a_small_file_with_much_text_is_refused_before_it_takes_memory() {
    use ::parquet::arrow::ArrowWriter;

    let text = format!(r#"{{"key":["a"],"description":"{}"}}"#, "x".repeat(1 << 20));
    let values: ArrayRef = Arc::new(StringArray::from_iter_values((0..100).map(|_| &text)));
    let batch = RecordBatch::try_from_iter([("record", values)]).unwrap();
    let mut file = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut file, batch.schema(), None).unwrap();
    (0..5).for_each(|_| writer.write(&batch).unwrap());
    writer.close().unwrap();
    assert!(file.len() < 8 << 20, "{} bytes", file.len());
    let error = parquet::read(file, &Limits::default()).unwrap_err().to_string();
    assert!(error.starts_with("expected at most ") && error.ends_with("bytes, found more"), "{error}");
}

//! Graphs as rows and back: nothing is lost, and what is no graph is one error.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use ::parquet::arrow::ArrowWriter;
use ::parquet::basic::{Compression, Encoding, ZstdLevel};
use ::parquet::file::properties::{WriterProperties, WriterPropertiesBuilder, WriterVersion};
use arrow_array::{
    ArrayRef, Int64Array, LargeStringArray, RecordBatch, RecordBatchIterator, RecordBatchReader, StringArray,
    StringViewArray,
};
use arrow_buffer::{Buffer, ScalarBuffer};
use arrow_data::ByteView;
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
    // The end says where everything stands: all of it, and some of the rest.
    let footer = file.len() - 8 - u32::from_le_bytes(*file[..file.len() - 4].last_chunk().unwrap()) as usize;
    for end in (0..file.len()).step_by(97) {
        look(file[..end].to_vec());
    }
    for at in (0..footer).step_by(29).chain((footer..file.len()).step_by(7)) {
        for change in [0x01, 0x80, 0xff] {
            let mut bytes = file.clone();
            bytes[at] ^= change;
            look(bytes);
        }
    }
    assert!(refused > 300 && read > 100, "{refused} refused, {read} read");
}

fn file_of(values: ArrayRef, properties: WriterProperties) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter([("record", values)]).unwrap();
    let mut file = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    file
}

fn error_of_file(file: Vec<u8>) -> String {
    parquet::read(file, &Limits::default()).unwrap_err().to_string()
}

fn long_record(len: usize) -> String {
    format!(r#"{{"key":["a"],"description":"{}"}}"#, "x".repeat(len))
}

fn zstd() -> WriterPropertiesBuilder {
    WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default()))
}

#[test]
fn much_text_in_few_compressed_bytes_is_refused() {
    let values = StringArray::from_iter_values((0..100).map(|_| long_record(1 << 20)));
    let file = file_of(Arc::new(values), zstd().set_dictionary_enabled(false).build());
    assert!(file.len() < 1 << 17, "{} bytes", file.len());
    let limit = (64 << 20) + 200 * file.len();
    assert_eq!(error_of_file(file), format!("expected at most {limit} bytes, found more"));
}

#[test]
fn one_text_that_is_used_often_is_refused() {
    let text = long_record(1 << 20);
    let values = StringArray::from_iter_values((0..100).map(|_| &text));
    let file = file_of(Arc::new(values), zstd().set_dictionary_page_size_limit(1 << 22).build());
    assert!(file.len() < 1 << 15, "{} bytes", file.len());
    let limit = (64 << 20) + 200 * file.len();
    assert_eq!(error_of_file(file), format!("expected at most {limit} bytes, found more"));
}

const NOT_READ: &str =
    "expected a Parquet file, found one whose column `record` is in pages that are not read";

#[test]
fn texts_whose_number_a_page_states_beside_them_are_not_read() {
    let values = StringArray::from_iter_values((0..4).map(|n| format!(r#"{{"key":["a{n}"]}}"#)));
    let plain = WriterProperties::builder().set_dictionary_enabled(false);
    for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
        let plain = plain.clone().set_writer_version(version);
        for encoding in [Encoding::DELTA_BYTE_ARRAY, Encoding::DELTA_LENGTH_BYTE_ARRAY] {
            let file = file_of(Arc::new(values.clone()), plain.clone().set_encoding(encoding).build());
            assert_eq!(error_of_file(file), NOT_READ, "{encoding} {version:?}");
        }
        let file = file_of(Arc::new(values.clone()), plain.set_encoding(Encoding::PLAIN).build());
        assert_eq!(parquet::read(file, &Limits::default()).unwrap().len(), 4, "{version:?}");
    }
}

#[test]
fn a_dictionary_of_more_texts_than_have_room_in_it_is_refused() {
    let values = StringArray::from_iter_values((0..4).map(|n| format!(r#"{{"key":["a{n}"]}}"#)));
    let mut file = file_of(Arc::new(values), WriterProperties::builder().build());
    assert_eq!(parquet::read(file.clone(), &Limits::default()).unwrap().len(), 4);
    // In the header of the first page: its number of values, as the first field of field 7.
    let count = file.windows(3).position(|bytes| bytes == [0x4c, 0x15, 4 << 1]).unwrap() + 2;
    assert!(count < 16, "{count}");
    file[count] = 63 << 1;
    assert_eq!(error_of_file(file), NOT_READ);
}

/// A file that is nothing but the end of a Parquet file, with these columns.
fn file_of_columns(elements: &[&[u8]]) -> Vec<u8> {
    let count = u8::try_from(elements.len() >> 7).unwrap();
    // Version 1; a list of structures with that many.
    let mut footer = vec![0x15, 2, 0x19, 0xfc, (elements.len() & 0x7f) as u8 | 0x80, count];
    elements.iter().for_each(|element| footer.extend_from_slice(element));
    footer.extend_from_slice(&[0x16, 0, 0x19, 0x0c, 0]);
    let len = u32::try_from(footer.len()).unwrap().to_le_bytes();
    [b"PAR1".as_slice(), &footer, &len, b"PAR1"].concat()
}

#[test]
fn columns_that_the_reader_cannot_take_are_refused() {
    // A root or a group that repeats, its name and how many it holds; a column of texts.
    let root: &[u8] = &[0x48, 1, b'r', 0x15, 2, 0];
    let group: &[u8] = &[0x35, 0, 0x18, 1, b'g', 0x15, 2, 0];
    let leaf: &[u8] = &[0x15, 12, 0x25, 0, 0x18, 6, b'r', b'e', b'c', b'o', b'r', b'd', 0];
    let nested = |depth| [&[root][..], &vec![group; depth], &[leaf]].concat();
    assert!(error_of_file(file_of_columns(&nested(3))).starts_with("expected a column `record` of texts"));
    let damaged = "expected a Parquet file, found one with damaged metadata";
    // The reader calls itself for each, and reserves what is said.
    assert_eq!(error_of_file(file_of_columns(&nested(15_000))), damaged);
    let all: &[u8] = &[0x48, 1, b'r', 0x15, 0xfe, 0xff, 0xff, 0xff, 0x0f, 0];
    assert_eq!(error_of_file(file_of_columns(&[all, leaf])), damaged);
    // A list of truths that take no bytes, of a field that nobody knows.
    let endless: &[u8] = &[0x15, 12, 0xa9, 0xf1, 0xff, 0xff, 0xff, 0xff, 0x07, 0];
    assert_eq!(error_of_file(file_of_columns(&[root, endless])), damaged);
}

#[test]
fn many_views_of_one_long_text_are_counted_before_they_are_read() {
    let text = Buffer::from(long_record(1 << 20).into_bytes());
    let view = ByteView::new(text.len() as u32, &text[..4]).as_u128();
    let views = ScalarBuffer::from(vec![view; 1 << 16]);
    let values = StringViewArray::new(views, vec![text], None);
    let mut limits = Limits::default();
    limits.max_bytes = 1 << 30;
    let error = graph(column("record", Arc::new(values)), &limits).unwrap_err();
    assert_eq!(error.to_string(), "expected at most 1073741824 bytes, found more");
}

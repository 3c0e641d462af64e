//! Our columnar format beside an Arrow IPC file with the same columns, both mapped and used as they lie.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::FixedSizeBinaryBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::UInt32Type;
use arrow_array::{ArrayRef, FixedSizeBinaryArray, LargeStringArray, ListArray, RecordBatch, StringArray};
use arrow_buffer::Buffer;
use arrow_ipc::convert::try_fb_to_schema;
use arrow_ipc::reader::{FileDecoder, read_footer_length};
use arrow_ipc::root_as_footer;
use arrow_ipc::writer::FileWriter;
use assetdiff::{AssetGraph, ColumnarSnapshot, Fingerprint, Limits};
use assetdiff_adapters::file::{self, Contents};
use assetdiff_benches::measure::{Table, Watch, measure};
use assetdiff_benches::shapes::{Shape, changed, compact_json, snapshot};
use bytes::Bytes;

/// The columns of the IPC file, in its order.
const KEY: usize = 0;
const FINGERPRINT: usize = 1;
const UPSTREAM: usize = 3;
const RECORD: usize = 5;

fn binary(values: impl Iterator<Item = [u8; 16]>) -> ArrayRef {
    let mut column = FixedSizeBinaryBuilder::new(16);
    values.for_each(|value| column.append_value(value).unwrap());
    Arc::new(column.finish())
}

fn write_ipc(graph: &AssetGraph, path: &Path) {
    let keys: Vec<_> = graph.keys().collect();
    let lists = |of: fn(&AssetGraph, &assetdiff::AssetKey) -> Vec<assetdiff::AssetKey>| -> ArrayRef {
        let numbers =
            |key| of(graph, key).into_iter().map(|up| keys.binary_search(&up).ok().map(|at| at as u32));
        Arc::new(ListArray::from_iter_primitive::<UInt32Type, _, _>(
            keys.iter().map(|key| Some(numbers(key))),
        ))
    };
    let fingerprints = graph.definition_refs().map(|definition| *definition.fingerprint().as_bytes());
    let columns: [(&str, ArrayRef); 6] = [
        (
            "key_fingerprint",
            binary(keys.iter().map(|key| *Fingerprint::of(key.to_string().as_bytes()).as_bytes())),
        ),
        ("fingerprint", binary(fingerprints)),
        ("key", Arc::new(StringArray::from_iter_values(keys.iter().map(ToString::to_string)))),
        ("upstream", lists(AssetGraph::upstream)),
        ("downstream", lists(AssetGraph::downstream)),
        ("record", Arc::new(LargeStringArray::from_iter_values(graph.definition_refs().map(|d| d.record())))),
    ];
    let mut batch = columns.to_vec();
    for aspect in 0..18 {
        let column =
            graph.definition_refs().map(|definition| definition.aspect_fingerprints()[aspect] as u32);
        batch.push(("aspect", Arc::new(arrow_array::UInt32Array::from_iter_values(column))));
    }
    let batch = RecordBatch::try_from_iter(batch).unwrap();
    let mut writer =
        FileWriter::try_new(BufWriter::new(File::create(path).unwrap()), &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
}

fn mapped(path: &Path) -> Contents {
    file::contents(path, &Limits::default()).unwrap()
}

/// Opens an IPC file with some of its columns, which are validated.
fn open_ipc(path: &Path, columns: &[usize]) -> RecordBatch {
    let buffer = Buffer::from(Bytes::from_owner(mapped(path)));
    let end = buffer.len() - 10;
    let length = read_footer_length(buffer[end..].try_into().unwrap()).unwrap();
    let footer = root_as_footer(&buffer[end - length..end]).unwrap();
    let schema = Arc::new(try_fb_to_schema(footer.schema().unwrap()).unwrap());
    let decoder = FileDecoder::new(schema, footer.version())
        .with_projection(columns.to_vec())
        .with_require_alignment(true);
    let block = footer.recordBatches().unwrap().get(0);
    let data = buffer.slice_with_length(
        block.offset() as usize,
        block.bodyLength() as usize + block.metaDataLength() as usize,
    );
    decoder.read_record_batch(block, &data).unwrap().unwrap()
}

/// Finds a section of our file by its number.
fn section(contents: &[u8], number: u32) -> &[u8] {
    let word = |at: usize| u64::from_le_bytes(contents[at..at + 8].try_into().unwrap()) as usize;
    let footer = contents.len() - 64;
    let mut entries = (word(footer)..footer).step_by(48);
    let entry = entries.find(|&at| contents[at..at + 4] == number.to_le_bytes()).unwrap();
    &contents[word(entry + 8)..word(entry + 8) + word(entry + 16)]
}

/// Counts what differs: fingerprints of definitions, and of keys where those do.
fn merge(base: [&[u8]; 2], head: [&[u8]; 2]) -> usize {
    let [(base_keys, base), (head_keys, head)] =
        [base, head].map(|[keys, values]| (keys.as_chunks::<16>().0, values.as_chunks::<16>().0));
    let (mut b, mut h, mut different) = (0, 0, 0);
    while b < base.len() && h < head.len() {
        if base[b] == head[h] {
            (b, h) = (b + 1, h + 1);
            continue;
        }
        different += 1;
        // Added and removed assets are looked for nearby: keys are in the order of their texts.
        let same = |skip: usize| base_keys.get(b + skip) == head_keys.get(h);
        match () {
            () if same(0) => (b, h) = (b + 1, h + 1),
            () if (1..9).any(same) => b += 1,
            () => h += 1,
        }
    }
    different + (base.len() - b) + (head.len() - h)
}

fn sum(values: &[u32]) -> u64 {
    values.iter().map(|&value| u64::from(value)).sum()
}

fn bytes_of(text: &[u8]) -> u64 {
    text.iter().map(|&byte| u64::from(byte)).sum()
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u64> {
    bytes.as_chunks::<4>().0.iter().map(|&word| u64::from(u32::from_le_bytes(word)))
}

/// The arguments of this bench.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[arg(long, default_value_t = 100_000)]
    assets: usize,
    #[arg(long, default_value_t = 7)]
    runs: usize,
}

pub(crate) fn run(Options { assets: count, runs }: Options) {
    let folder = tempfile::tempdir().unwrap();
    let load = |json: &[u8]| AssetGraph::from_json(json, &Limits::default()).unwrap();
    let base = snapshot(Shape::Layered, count, 1);
    let head = load(&compact_json(&changed(&base, 1, 2)));
    let base = load(&compact_json(&base));
    let names = ["base.assets", "head.assets", "base.arrow", "head.arrow", "base.parquet"];
    let [ours, ours_head, ipc, ipc_head, parquet] = names.map(|name| folder.path().join(name));
    for (graph, ours, ipc) in [(&base, &ours, &ipc), (&head, &ours_head, &ipc_head)] {
        graph.write_columns(BufWriter::new(File::create(ours).unwrap())).unwrap();
        write_ipc(graph, ipc);
    }
    assetdiff_arrow::parquet::write(&base, BufWriter::new(File::create(&parquet).unwrap())).unwrap();
    for (name, path) in [("ours", &ours), ("Arrow IPC", &ipc), ("Parquet, zstd", &parquet)] {
        println!("{name}: {:.1} MB", path.metadata().unwrap().len() as f64 / 1e6);
    }
    drop((base, head));
    let some: Vec<usize> = (0..count).step_by(100).collect();
    let ours_merge = || {
        let (base, head) = (mapped(&ours), mapped(&ours_head));
        let (base, head) = (base.as_ref(), head.as_ref());
        merge([section(base, 10), section(base, 4)], [section(head, 10), section(head, 4)])
    };
    let ipc_merge = || {
        let batches = [&ipc, &ipc_head].map(|path| open_ipc(path, &[KEY, FINGERPRINT]));
        let [base, head] = &batches;
        let data = |batch: &RecordBatch, at: usize| -> FixedSizeBinaryArray {
            batch.column(at).as_fixed_size_binary().clone()
        };
        let [a, b, c, d] = [data(base, 0), data(base, 1), data(head, 0), data(head, 1)];
        merge([a.value_data(), b.value_data()], [c.value_data(), d.value_data()])
    };
    assert_eq!(ours_merge(), ipc_merge());
    let mut table = Table::default();
    Table::head();
    let rows = measure(
        count,
        (runs, ""),
        &mut [
            ("open, ours", &mut |w: &mut Watch| w.time(|| ColumnarSnapshot::open(mapped(&ours)).unwrap())),
            ("open, IPC, two columns", &mut |w: &mut Watch| w.time(|| open_ipc(&ipc, &[KEY, FINGERPRINT]))),
            ("open, IPC, all columns validated", &mut |w: &mut Watch| {
                w.time(|| open_ipc(&ipc, &(0..24).collect::<Vec<_>>()))
            }),
            ("open all and verify digests, ours", &mut |w: &mut Watch| {
                w.time(|| ColumnarSnapshot::open(mapped(&ours)).unwrap().verify().unwrap())
            }),
            ("merge of fingerprints, ours", &mut |w: &mut Watch| w.time(ours_merge)),
            ("merge of fingerprints, IPC", &mut |w: &mut Watch| w.time(ipc_merge)),
            ("read adjacency, ours", &mut |w: &mut Watch| {
                w.time(|| words(section(mapped(&ours).as_ref(), 14)).sum::<u64>())
            }),
            ("read adjacency, IPC", &mut |w: &mut Watch| {
                w.time(|| {
                    let batch = open_ipc(&ipc, &[UPSTREAM]);
                    sum(batch.column(0).as_list::<i32>().values().as_primitive::<UInt32Type>().values())
                })
            }),
            ("read 1 % of the records, ours", &mut |w: &mut Watch| {
                w.time(|| {
                    let contents = mapped(&ours);
                    let [starts, lens, records] = [7, 8, 21].map(|number| section(contents.as_ref(), number));
                    let (starts, lens) = (starts.as_chunks::<8>().0, lens.as_chunks::<4>().0);
                    let record = |&row: &usize| {
                        let start = u64::from_le_bytes(starts[row]) as usize;
                        bytes_of(&records[start..start + u32::from_le_bytes(lens[row]) as usize])
                    };
                    some.iter().map(record).sum::<u64>()
                })
            }),
            ("read 1 % of the records, IPC", &mut |w: &mut Watch| {
                w.time(|| {
                    let batch = open_ipc(&ipc, &[RECORD]);
                    let records = batch.column(0).as_string::<i64>();
                    some.iter().map(|&row| bytes_of(records.value(row).as_bytes())).sum::<u64>()
                })
            }),
        ],
    );
    table.add(rows);
}

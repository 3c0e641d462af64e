//! Makes rows of definitions.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::Arc;

use arrow_array::builder::{
    ArrayBuilder, Int64Builder, ListBuilder, MapBuilder, MapFieldNames, StringBuilder,
};
use arrow_array::{ArrayRef, RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Schema, SchemaRef};
use assetdiff::{Aspect, AssetGraph, DefinitionRef};

use crate::{HEADER, RECORD};

/// A batch ends with the row that reaches one of these.
const MAX_ROWS: usize = 8192;
const MAX_BYTES: usize = 64 << 20;

/// Offsets within a column are 32 bits; what is made of a record is never twice its size.
const MAX_RECORD: usize = 512 << 20;

/// Returns the columns of the rows, as docs/arrow.md describes them.
pub fn schema() -> Schema {
    let texts = || DataType::List(item());
    let fields = [
        Field::new("key", DataType::Utf8, false),
        Field::new("key_components", texts(), false),
        Field::new("code_location", DataType::Utf8, true),
        Field::new("fingerprint", DataType::Utf8, false),
        Field::new("group", DataType::Utf8, true),
        Field::new("owners", texts(), false),
        Field::new("kinds", texts(), false),
        Field::new_map("tags", "entries", key_field(), value_field(), false, false),
        Field::new("code_version", DataType::Utf8, true),
        Field::new("upstream", texts(), false),
    ];
    let aspects = Aspect::ALL
        .iter()
        .map(|aspect| Field::new(format!("{}_fingerprint", aspect.as_str()), DataType::Int64, false));
    let record = Field::new(RECORD, DataType::Utf8, false);
    Schema::new(fields.into_iter().chain(aspects).chain([record]).collect::<Vec<_>>())
}

fn item() -> FieldRef {
    Arc::new(Field::new("item", DataType::Utf8, false))
}

fn key_field() -> FieldRef {
    Arc::new(Field::new("key", DataType::Utf8, false))
}

fn value_field() -> FieldRef {
    Arc::new(Field::new("value", DataType::Utf8, false))
}

/// Returns the definitions of a graph, by key and code location, in batches of at most 8,192 rows.
///
/// Each batch is made when it is asked for, in O(n) for n bytes of its definitions. The metadata of the schema holds
/// the provenance. A definition of more than 512 MiB is an error.
pub fn batches<G: Deref<Target = AssetGraph>>(graph: G) -> Batches<G> {
    let header = String::from_utf8_lossy(&graph.header().to_json()).into_owned();
    let schema = schema().with_metadata(HashMap::from([(HEADER.to_owned(), header)]));
    Batches { graph, next: 0, schema: Arc::new(schema) }
}

/// The definitions of a graph as rows; made by [`batches`].
pub struct Batches<G> {
    graph: G,
    /// The first definition that is in no batch yet.
    next: usize,
    schema: SchemaRef,
}

impl<G: Deref<Target = AssetGraph>> Iterator for Batches<G> {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut columns = Columns::new();
        let mut bytes = 0;
        let start = self.next;
        for definition in self.graph.definition_refs().skip(start).take(MAX_ROWS) {
            let len = definition.record().len();
            if len > MAX_RECORD {
                self.next = usize::MAX;
                let key = definition.key();
                let message =
                    format!("expected definitions of at most {MAX_RECORD} bytes, found {len} of {key}");
                return Some(Err(ArrowError::InvalidArgumentError(message)));
            }
            columns.push(&definition);
            self.next += 1;
            bytes += len;
            if bytes >= MAX_BYTES {
                break;
            }
        }
        (self.next > start).then(|| RecordBatch::try_new(Arc::clone(&self.schema), columns.finish()))
    }
}

impl<G: Deref<Target = AssetGraph>> RecordBatchReader for Batches<G> {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}

impl<G> std::fmt::Debug for Batches<G> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Batches(from row {})", self.next)
    }
}

/// The columns of a batch while they grow, in the order of the schema.
struct Columns {
    key: StringBuilder,
    key_components: ListBuilder<StringBuilder>,
    code_location: StringBuilder,
    fingerprint: StringBuilder,
    group: StringBuilder,
    owners: ListBuilder<StringBuilder>,
    kinds: ListBuilder<StringBuilder>,
    tags: MapBuilder<StringBuilder, StringBuilder>,
    code_version: StringBuilder,
    upstream: ListBuilder<StringBuilder>,
    aspects: [Int64Builder; Aspect::ALL.len()],
    record: StringBuilder,
}

impl Columns {
    fn new() -> Self {
        let texts = || ListBuilder::new(StringBuilder::new()).with_field(item());
        let names =
            MapFieldNames { entry: "entries".to_owned(), key: "key".to_owned(), value: "value".to_owned() };
        let tags = MapBuilder::new(Some(names), StringBuilder::new(), StringBuilder::new());
        Self {
            key: StringBuilder::new(),
            key_components: texts(),
            code_location: StringBuilder::new(),
            fingerprint: StringBuilder::new(),
            group: StringBuilder::new(),
            owners: texts(),
            kinds: texts(),
            tags: tags.with_keys_field(key_field()).with_values_field(value_field()),
            code_version: StringBuilder::new(),
            upstream: texts(),
            aspects: std::array::from_fn(|_| Int64Builder::new()),
            record: StringBuilder::new(),
        }
    }

    fn push(&mut self, unread: &DefinitionRef<'_>) {
        let definition = unread.definition();
        self.key.append_value(definition.key.to_string());
        self.key_components.append_value(definition.key.components().map(Some));
        self.code_location.append_option(unread.code_location());
        self.fingerprint.append_value(unread.fingerprint().to_string());
        self.group.append_option(definition.group);
        self.owners.append_value(definition.owners.iter().map(Some));
        self.kinds.append_value(definition.kinds.iter().map(Some));
        for (name, value) in &definition.tags {
            self.tags.keys().append_value(name);
            self.tags.values().append_value(value);
        }
        // Keys and values were appended in pairs.
        let _ = self.tags.append(true);
        self.code_version.append_option(definition.code_version.and_then(|version| version.version));
        let upstream = definition.dependencies.iter().map(|dependency| Some(dependency.key.to_string()));
        self.upstream.append_value(upstream);
        for (column, fingerprint) in self.aspects.iter_mut().zip(unread.aspect_fingerprints()) {
            // The same bits: not every tool has unsigned numbers.
            column.append_value(fingerprint as i64);
        }
        self.record.append_value(unread.record());
    }

    fn finish(self) -> Vec<ArrayRef> {
        let Self {
            mut key,
            mut key_components,
            mut code_location,
            mut fingerprint,
            mut group,
            mut owners,
            mut kinds,
            mut tags,
            mut code_version,
            mut upstream,
            mut aspects,
            mut record,
        } = self;
        let first: [&mut dyn ArrayBuilder; 10] = [
            &mut key,
            &mut key_components,
            &mut code_location,
            &mut fingerprint,
            &mut group,
            &mut owners,
            &mut kinds,
            &mut tags,
            &mut code_version,
            &mut upstream,
        ];
        let aspects = aspects.iter_mut().map(|column| column as &mut dyn ArrayBuilder);
        let last: [&mut dyn ArrayBuilder; 1] = [&mut record];
        first.into_iter().chain(aspects).chain(last).map(|column| column.finish()).collect()
    }
}

//! How the parts of a snapshot are read and written as JSON objects.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

use serde_json::value::RawValue;

use crate::json::{self, JsonProblem, MAX_DEPTH};

/// A member name or text that borrows from the input where it can.
#[derive(serde::Deserialize)]
pub(crate) struct Text<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

/// Returns whether a field holds what a missing one is read as.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Reads a map in which a key that stands twice is an error.
pub(crate) struct UniqueMap<V>(PhantomData<V>);

impl<V> UniqueMap<V> {
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<'de, V: Deserialize<'de>> DeserializeSeed<'de> for UniqueMap<V> {
    type Value = BTreeMap<String, V>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, V: Deserialize<'de>> Visitor<'de> for UniqueMap<V> {
    type Value = BTreeMap<String, V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = BTreeMap::new();
        while let Some(key) = map.next_key()? {
            match entries.entry(key) {
                Entry::Vacant(place) => drop(place.insert(map.next_value()?)),
                Entry::Occupied(place) => {
                    return Err(A::Error::custom(format_args!("duplicate key {:?}", place.key())));
                }
            }
        }
        Ok(entries)
    }
}

/// [`UniqueMap`] for `#[serde(deserialize_with)]`.
pub(crate) fn unique_map<'de, D: Deserializer<'de>, V: Deserialize<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, V>, D::Error> {
    UniqueMap::new().deserialize(deserializer)
}

/// Gives a struct its JSON object form: one member per field, in the order of the names, fields
/// that hold their default left out, each member at most once, and members that the struct does
/// not know kept in its `extra` map and written back among the others.
///
/// Fields are listed in alphabetical order; `[required]` ones must be present, and `[map]` ones are
/// maps, in which a key that stands twice is an error (serde would let the last one win).
macro_rules! record {
    ($name:ident: $expecting:literal { $($field:ident $([$mode:ident])?),* $(,)? }) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap;
                let Self { $($field,)* extra } = self;
                let mut extra = extra.iter().peekable();
                let mut map = serializer.serialize_map(None)?;
                $(
                    while let Some((name, value)) = extra.next_if(|(name, _)| name.as_str() < stringify!($field)) {
                        map.serialize_entry(name, value)?;
                    }
                    record!(@write map, $field $([$mode])?);
                )*
                for (name, value) in extra {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Members;
                impl<'de> serde::de::Visitor<'de> for Members {
                    type Value = $name;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($expecting)
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<$name, A::Error> {
                        use serde::de::Error;
                        $(let mut $field = None;)*
                        let mut extra = std::collections::BTreeMap::new();
                        while let Some($crate::wire::Text(name)) = map.next_key()? {
                            match &*name {
                                $(stringify!($field) => {
                                    if $field.replace(record!(@value map $([$mode])?)).is_some() {
                                        return Err(A::Error::duplicate_field(stringify!($field)));
                                    }
                                })*
                                _ => {
                                    if extra.insert(name.to_string(), map.next_value()?).is_some() {
                                        return Err(A::Error::custom(format_args!("duplicate field `{name}`")));
                                    }
                                }
                            }
                        }
                        Ok($name { $($field: record!(@read $field $([$mode])?),)* extra })
                    }
                }
                deserializer.deserialize_map(Members)
            }
        }
    };
    (@value $map:ident $([required])?) => { $map.next_value()? };
    (@value $map:ident [map]) => { $map.next_value_seed($crate::wire::UniqueMap::new())? };
    (@write $map:ident, $field:ident $([map])?) => {
        if !$crate::wire::is_default($field) {
            $map.serialize_entry(stringify!($field), $field)?;
        }
    };
    (@write $map:ident, $field:ident [required]) => {
        $map.serialize_entry(stringify!($field), $field)?;
    };
    (@read $field:ident $([map])?) => { $field.unwrap_or_default() };
    (@read $field:ident [required]) => {
        $field.ok_or_else(|| A::Error::missing_field(stringify!($field)))?
    };
}

/// Reads what it stands for from an object alone: serde would also take a list of the fields in order.
pub(crate) struct ObjectsOnly<D>(pub(crate) D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for ObjectsOnly<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// Implements serde's traits for structs that derive them with `remote = "Self"`.
macro_rules! objects_only {
    ($($name:ident),* $(,)?) => {$(
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                Self::serialize(self, serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::deserialize($crate::wire::ObjectsOnly(deserializer))
            }
        }
    )*};
}

/// Gives an open enum the form `{"type": …, "value": …}`: a unit variant has the value `null`, and
/// a type that the enum does not know is kept as its `Other` variant, with the value as it is.
///
/// `[map]` variants hold maps, in which a key that stands twice is an error (serde would let the last
/// one win) and in which others of their kind may be nested.
macro_rules! tagged {
    ($name:ident: $expecting:literal {
        $($variant:ident $(($binding:ident))? $([$mode:ident])? = $tag:literal),* $(,)?
    }) => {
        impl $name {
            /// Returns the name of the type, as it stands in JSON.
            pub fn type_name(&self) -> &str {
                match self {
                    $(tagged!(@pattern $variant $($binding)?) => $tag,)*
                    Self::Other { type_name, .. } => type_name,
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeStruct;
                let mut tagged = serializer.serialize_struct(stringify!($name), 2)?;
                tagged.serialize_field("type", self.type_name())?;
                match self {
                    $(tagged!(@bind $variant $($binding)?) => tagged!(@write tagged $($binding)?),)*
                    Self::Other { value, .. } => tagged.serialize_field("value", value)?,
                }
                tagged.end()
            }
        }

        impl $crate::wire::Tagged for $name {
            const EXPECTING: &'static str = $expecting;

            fn read_value<'de, D: serde::Deserializer<'de>>(tag: &str, value: D) -> Result<Self, D::Error> {
                match tag {
                    $($tag => tagged!(@read value, $variant $($binding)? $([$mode])?),)*
                    other => Ok(Self::Other {
                        type_name: other.to_owned(),
                        value: serde::Deserialize::deserialize(value)?,
                    }),
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_map($crate::wire::TaggedVisitor::new())
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let mut schemas = vec![$(tagged!(@schema generator, $name, $variant $($binding)?, $tag)),*];
                let known = [$($tag),*];
                schemas.push(schemars::json_schema!({
                    "type": "object",
                    "properties": { "type": { "type": "string", "not": { "enum": known } }, "value": true },
                    "required": ["type"],
                    "additionalProperties": false,
                }));
                schemars::json_schema!({ "description": $expecting, "oneOf": schemas })
            }
        }
    };
    (@pattern $variant:ident) => { Self::$variant };
    (@pattern $variant:ident $binding:ident) => { Self::$variant(_) };
    (@bind $variant:ident) => { Self::$variant };
    (@bind $variant:ident $binding:ident) => { Self::$variant($binding) };
    (@write $out:ident) => { $out.serialize_field("value", &())? };
    (@write $out:ident $binding:ident) => { $out.serialize_field("value", $binding)? };
    (@read $from:ident, $variant:ident) => {
        <() as serde::Deserialize>::deserialize($from).map(|()| Self::$variant)
    };
    (@read $from:ident, $variant:ident $binding:ident) => {
        serde::Deserialize::deserialize($from).map(Self::$variant)
    };
    (@read $from:ident, $variant:ident $binding:ident [map]) => {
        $crate::wire::read_nested_map($from).map(Self::$variant)
    };
    (@schema $generator:ident, $name:ident, $variant:ident, $tag:literal) => {
        schemars::json_schema!({
            "type": "object",
            "properties": { "type": { "const": $tag }, "value": { "type": "null" } },
            "required": ["type"],
            "additionalProperties": false,
        })
    };
    (@schema $generator:ident, $name:ident, $variant:ident $binding:ident, $tag:literal) => {{
        let value = $crate::wire::payload_schema($generator, $name::$variant);
        schemars::json_schema!({
            "type": "object",
            "properties": { "type": { "const": $tag }, "value": value },
            "required": ["type", "value"],
            "additionalProperties": false,
        })
    }};
}

/// An open enum in the form `{"type": …, "value": …}`.
pub(crate) trait Tagged: Sized {
    /// What is told where something else stands.
    const EXPECTING: &'static str;

    /// Reads the value of a type.
    fn read_value<'de, D: Deserializer<'de>>(tag: &str, value: D) -> Result<Self, D::Error>;
}

/// Reads the value of the type that it names.
struct TaggedValue<'t, T>(&'t str, PhantomData<T>);

impl<'de, T: Tagged> DeserializeSeed<'de> for TaggedValue<'_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        T::read_value(self.0, deserializer)
    }
}

/// Reads an object with a `type` and, unless it is null, a `value`.
pub(crate) struct TaggedVisitor<T>(PhantomData<T>);

impl<T> TaggedVisitor<T> {
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<'de, T: Tagged> Visitor<'de> for TaggedVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTING)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let mut tag: Option<Text<'de>> = None;
        let mut unread: Option<&RawValue> = None;
        let mut read = None;
        while let Some(Text(name)) = map.next_key()? {
            match (&*name, &tag) {
                ("type", None) => tag = Some(map.next_value()?),
                ("type", Some(_)) => return Err(A::Error::duplicate_field("type")),
                ("value", _) if unread.is_some() || read.is_some() => {
                    return Err(A::Error::duplicate_field("value"));
                }
                // In what we write the type comes first, so the value is read at once.
                ("value", Some(Text(tag))) => {
                    read = Some(map.next_value_seed(TaggedValue::<T>(tag, PhantomData))?);
                }
                ("value", None) => unread = Some(map.next_value()?),
                _ => return Err(A::Error::unknown_field(&name, &["type", "value"])),
            }
        }
        let Text(tag) = tag.ok_or_else(|| A::Error::missing_field("type"))?;
        let text = unread.map_or("null", RawValue::get);
        read.map_or_else(|| read_text(TaggedValue(&tag, PhantomData), text), Ok)
    }
}

/// Reads a map that others of its kind may be nested in, one reader inside the other.
pub(crate) fn read_nested_map<'de, D: Deserializer<'de>, V: Deserialize<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, V>, D::Error> {
    let text = <&RawValue>::deserialize(deserializer)?.get();
    // No reader knows how deep it is in the others, so the outermost looks ahead.
    if json::depth(text) > MAX_DEPTH {
        return Err(D::Error::custom(JsonProblem::TooDeep { limit: MAX_DEPTH }));
    }
    read_text(UniqueMap::new(), text)
}

fn read_text<'de, S: DeserializeSeed<'de>, E: Error>(seed: S, text: &'de str) -> Result<S::Value, E> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    seed.deserialize(&mut deserializer).map_err(|error| E::custom(json::without_position(&error)))
}

/// Returns the schema of what a tuple variant holds.
#[cfg(feature = "schema")]
pub(crate) fn payload_schema<T: schemars::JsonSchema, E>(
    generator: &mut schemars::SchemaGenerator,
    _variant: fn(T) -> E,
) -> schemars::Schema {
    generator.subschema_for::<T>()
}

pub(crate) use {objects_only, record, tagged};

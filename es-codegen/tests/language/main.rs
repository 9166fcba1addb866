//! What is made of the language's declarations is up to date, and says of every schema in the repository what the reader
//! says.
//!
//! To take changes over: `ES_UPDATE=1 cargo test -p es-codegen --test language`.

#![allow(
    clippy::unwrap_used,
    reason = "tests say what they expect by unwrapping it"
)]

mod reference;

use es_codegen::{
    language::{Shape, json_schema, sections},
    model_of,
    source::Source,
};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_json::Value;
use std::{
    env, fmt, fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Fails where a file is not what it should be; writes it where that is asked for.
#[track_caller]
fn check_fresh(path: &Path, text: &str) {
    if env::var_os("ES_UPDATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let found = fs::read_to_string(path).unwrap_or_default();
    assert!(
        found.replace("\r\n", "\n") == text,
        "{} is out of date; run with ES_UPDATE=1",
        path.display()
    );
}

/// Every schema in the repository, but for those that are broken on purpose.
fn schemas() -> Vec<PathBuf> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() {
                if !matches!(name, "target" | "broken" | "hostile" | "fuzz" | "data")
                    && !name.starts_with('.')
                {
                    collect(&path, found);
                }
            } else if name.ends_with(".yaml") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    for folder in ["es-codegen/tests", "examples", "tests"] {
        collect(&root().join(folder), &mut found);
    }
    found.sort();
    found
}

#[test]
fn the_schema_for_editors_is_up_to_date() {
    check_fresh(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("es.schema.json"),
        &json_schema(),
    );
}

#[test]
fn the_reference_is_up_to_date() {
    check_fresh(&root().join("docs/guide/language.md"), &reference::text());
}

#[test]
fn every_example_of_the_reference_is_a_schema() {
    let text = reference::text();
    let blocks: Vec<&str> = text.split("```yaml\n").skip(1).collect();
    assert!(blocks.len() > 10);
    for block in blocks {
        let (example, _) = block.split_once("```").unwrap();
        let source = Source::from_text("example.yaml", example).unwrap();
        let found = match model_of(&source) {
            Ok((_, warnings)) => warnings,
            Err(report) => report,
        };
        assert!(
            found.is_empty(),
            "{example}\n{}",
            found.render(&source, Default::default())
        );
    }
}

#[test]
fn every_schema_of_the_repository_satisfies_it() {
    let editor: Value = serde_json::from_str(&json_schema()).unwrap();
    let paths = schemas();
    assert!(paths.len() >= 5, "{paths:?}");
    for path in paths {
        let source = Source::load(&path).unwrap();
        assert!(model_of(&source).is_ok(), "{}", path.display());
        let value = as_editors_read(&fs::read_to_string(&path).unwrap());
        assert_eq!(
            violation(&editor, &editor, &value),
            None,
            "{}",
            path.display()
        );
    }
}

#[test]
fn what_the_reader_refuses_the_schema_for_editors_refuses() {
    let editor: Value = serde_json::from_str(&json_schema()).unwrap();
    for (text, place) in [
        ("domian: d", "/domian"),
        ("domain: [d]", "/domain"),
        ("aggregates: { A: { stat: {} } }", "/aggregates/A/stat"),
        ("aggregates: { A: { id: B, state: {} } }", "/aggregates/A"),
        (
            "aggregates: { A: { id: B, state: {}, events: {}, commands: { C: { for: nobody } } } }",
            "/aggregates/A/commands/C/for",
        ),
        (
            "aggregates: { A: { id: B, state: {}, events: {}, snapshot: { every: 0 } } }",
            "/aggregates/A/snapshot/every",
        ),
        (
            "aggregates: { A: { id: B, state: {}, events: {}, revision: 1.5 } }",
            "/aggregates/A/revision",
        ),
        ("types: [A]", "/types"),
    ] {
        let value = as_editors_read(text);
        assert_eq!(
            violation(&editor, &editor, &value).as_deref(),
            Some(place),
            "{text}"
        );
        let source = Source::from_text("test.yaml", format!("{text}\n")).unwrap();
        assert!(model_of(&source).is_err(), "{text}");
    }
}

#[test]
fn everything_in_the_language_is_described() {
    for section in sections() {
        assert!(section.doc.ends_with('.'), "{}", section.name);
        for key in &section.keys {
            assert!(key.doc.ends_with('.'), "{} {}", section.name, key.name);
            if let Shape::Words(words) = key.shape {
                assert!(words.len() < 5, "{} {}", section.name, key.name);
            }
        }
        for required in section.required {
            assert!(section.keys.iter().any(|key| key.name == *required));
        }
    }
}

/// YAML as a program reads it that knows nothing of the language.
fn as_editors_read(text: &str) -> Value {
    serde_yaml::from_str::<Read>(text).unwrap().0
}

/// A value of which numbers may have any size; beyond 64 bits it does not matter here which number it is.
struct Read(Value);

impl<'de> Deserialize<'de> for Read {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("YAML")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i128<E>(self, _: i128) -> Result<Value, E> {
        Ok(0.into())
    }

    fn visit_u128<E>(self, _: u128) -> Result<Value, E> {
        Ok(0.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut found = Vec::new();
        while let Some(Read(item)) = items.next_element()? {
            found.push(item);
        }
        Ok(found.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut found = serde_json::Map::new();
        while let Some((Read(key), Read(value))) = entries.next_entry()? {
            let key = key.as_str().map_or_else(|| key.to_string(), str::to_owned);
            found.insert(key, value);
        }
        Ok(found.into())
    }
}

/// The place of the first value that is not as the schema has it; of the keywords of JSON Schema only those that ours has.
fn violation(root: &Value, schema: &Value, value: &Value) -> Option<String> {
    for (keyword, rule) in schema.as_object().unwrap() {
        let found = match keyword.as_str() {
            "$ref" => {
                let pointer = rule.as_str().unwrap().trim_start_matches('#');
                violation(root, root.pointer(pointer).unwrap(), value)
            }
            "type" => (!has_type(rule, value)).then(String::new),
            "minimum" => (value.as_i64() < rule.as_i64()).then(String::new),
            "enum" => (!rule.as_array().unwrap().contains(value)).then(String::new),
            "anyOf" => {
                let found = rule.as_array().unwrap().iter();
                let found: Vec<_> = found.map(|rule| violation(root, rule, value)).collect();
                // The alternative that goes furthest is the one that was meant.
                let furthest = found.iter().flatten().max_by_key(|place| place.len());
                if found.contains(&None) {
                    None
                } else {
                    furthest.cloned()
                }
            }
            "required" => {
                let names = rule
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|name| name.as_str().unwrap());
                let members = value.as_object();
                members
                    .is_some_and(|members| {
                        names.into_iter().any(|name| !members.contains_key(name))
                    })
                    .then(String::new)
            }
            "items" => {
                value
                    .as_array()
                    .into_iter()
                    .flatten()
                    .enumerate()
                    .find_map(|(place, item)| {
                        Some(format!("/{place}{}", violation(root, rule, item)?))
                    })
            }
            "properties" => value
                .as_object()
                .into_iter()
                .flatten()
                .find_map(|(name, value)| {
                    Some(format!(
                        "/{name}{}",
                        violation(root, rule.get(name)?, value)?
                    ))
                }),
            "additionalProperties" => {
                value
                    .as_object()
                    .into_iter()
                    .flatten()
                    .find_map(|(name, value)| {
                        if schema
                            .get("properties")
                            .is_some_and(|known| known.get(name).is_some())
                        {
                            return None;
                        }
                        match rule {
                            Value::Bool(_) => Some(format!("/{name}")),
                            rule => Some(format!("/{name}{}", violation(root, rule, value)?)),
                        }
                    })
            }
            "$schema" | "title" | "description" | "definitions" => None,
            other => unreachable!("the keyword {other} is not known here"),
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

fn has_type(rule: &Value, value: &Value) -> bool {
    let name = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    match rule {
        Value::Array(names) => names.iter().any(|known| known == name),
        known => known == name || known == "integer" && value.is_i64(),
    }
}

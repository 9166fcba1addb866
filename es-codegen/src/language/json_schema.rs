//! The language as a JSON Schema, by which editors complete keys, explain them and mark those that do not exist.

use super::{Section, Shape, sections};
use serde::{Serialize, Serializer, ser::SerializeMap};

/// The JSON Schema of schema files, in the draft that YAML editors know best.
#[must_use]
pub fn json_schema() -> String {
    let sections = sections();
    let mut root = vec![
        ("$schema", text("http://json-schema.org/draft-07/schema#")),
        ("title", text("A domain of es")),
    ];
    // What looks like a number or a truth value to YAML is text to the language.
    let any_scalar = ("type", texts(&["string", "number", "boolean"]));
    let mut definitions = vec![("Text", Json::Object(vec![any_scalar]))];
    for (place, section) in sections.iter().enumerate() {
        if place == 0 {
            root.extend(members(section));
        } else {
            definitions.push((section.name, Json::Object(members(section))));
        }
    }
    root.push(("definitions", Json::Object(definitions)));
    // Text, numbers and lists can always be written.
    let mut text = serde_json::to_string_pretty(&Json::Object(root)).unwrap_or_default();
    text.push('\n');
    text
}

/// JSON whose members keep their order.
#[derive(Clone)]
enum Json {
    Bool(bool),
    Number(u32),
    Text(String),
    Array(Vec<Json>),
    Object(Vec<(&'static str, Json)>),
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => serializer.serialize_u32(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Array(items) => serializer.collect_seq(items),
            Self::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (name, value) in members {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

fn reference(name: &str) -> Vec<(&'static str, Json)> {
    vec![("$ref", Json::Text(format!("#/definitions/{name}")))]
}

fn text(text: &str) -> Json {
    Json::Text(text.to_owned())
}

fn texts(texts: &[&str]) -> Json {
    Json::Array(texts.iter().map(|item| text(item)).collect())
}

fn members(section: &Section) -> Vec<(&'static str, Json)> {
    let properties = section.keys.iter().map(|key| {
        let mut members = vec![("description", text(&key.doc))];
        members.extend(shape(&key.shape));
        (key.name, Json::Object(members))
    });
    let mut members = vec![
        ("description", text(&section.doc)),
        // A key with nothing under it is an empty mapping.
        ("type", texts(&["object", "null"])),
        ("properties", Json::Object(properties.collect())),
        ("additionalProperties", Json::Bool(false)),
    ];
    if !section.required.is_empty() {
        members.push(("required", texts(section.required)));
    }
    members
}

fn shape(of: &Shape) -> Vec<(&'static str, Json)> {
    let inner = |of: &Shape| Json::Object(shape(of));
    match of {
        Shape::Text => reference("Text"),
        Shape::Number => vec![("type", text("integer")), ("minimum", Json::Number(1))],
        Shape::Flag => vec![("type", text("boolean"))],
        Shape::Words(words) => vec![("enum", texts(words))],
        Shape::Any => Vec::new(),
        Shape::Sequence(item) => vec![("type", text("array")), ("items", inner(item))],
        Shape::Table(value) => vec![
            ("type", texts(&["object", "null"])),
            ("additionalProperties", inner(value)),
        ],
        Shape::Section(section) => reference(section().name),
        Shape::Named(_, inner) => shape(inner),
        Shape::OneOf(shapes) => vec![("anyOf", Json::Array(shapes.iter().map(inner).collect()))],
    }
}

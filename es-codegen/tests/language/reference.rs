//! The reference of the language: prose from `src/language/reference`, and tables made of the declarations.

use es_codegen::{
    diagnostic::{Code, Severity},
    language::{Section, Shape, sections},
};
use std::{fmt::Write as _, fs, path::Path};

/// Where the table of a section goes in its prose.
const TABLE: &str = "{{keys}}";

/// The sections in the order in which they are best read, each with its prose.
const SECTIONS: [&str; 18] = [
    "Schema",
    "LongType",
    "SymbolDetails",
    "LongVariant",
    "LongField",
    "Aggregate",
    "Snapshot",
    "Command",
    "LongRejection",
    "Event",
    "Change",
    "Retype",
    "Split",
    "Allow",
    "Projection",
    "RowChange",
    "Retry",
    "Scenario",
];

/// The whole reference.
pub(crate) fn text() -> String {
    let sections = sections();
    let mut names: Vec<&str> = sections.iter().map(|section| section.name).collect();
    let mut described = SECTIONS.to_vec();
    names.sort_unstable();
    described.sort_unstable();
    assert_eq!(names, described, "every section has its place and prose");

    let mut text = prose("introduction");
    for name in SECTIONS {
        let prose = prose(name);
        let (before, behind) = prose.split_once(TABLE).unwrap();
        let section = sections.iter().find(|section| section.name == name);
        write!(text, "\n{before}{}{behind}", table(section.unwrap())).unwrap();
    }
    write!(
        text,
        "\n{}\n{}\n{}",
        prose("leaves"),
        prose("quoting"),
        prose("diagnostics")
    )
    .unwrap();
    text.push_str("| code | what it is |\n|---|---|\n");
    for code in Code::ALL.iter().filter(|code| code.axis().is_none()) {
        writeln!(text, "| `{}` | {} |", code.as_str(), code.about()).unwrap();
    }
    write!(text, "\n{}", prose("rules")).unwrap();
    text.push_str("| rule | axis | level | what it is |\n|---|---|---|---|\n");
    for code in Code::ALL {
        let Some(axis) = code.axis() else { continue };
        let level = match code.severity() {
            Severity::Error => "deny",
            Severity::Warning => "warn",
            Severity::Info => "info",
            _ => "off",
        };
        let (code, about) = (code.as_str(), code.about());
        writeln!(text, "| `{code}` | {} | {level} | {about} |", axis.as_str()).unwrap();
    }
    format!(
        "<!-- Made by es-codegen/tests/language from es-codegen/src/language/reference. -->\n\n{text}"
    )
}

fn prose(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/language/reference");
    let text = fs::read_to_string(folder.join(format!("{name}.md"))).unwrap();
    text.replace("\r\n", "\n")
}

/// The first heading of the prose of a section, as a link to it.
fn link(section: &Section) -> String {
    let prose = prose(section.name);
    let heading = prose.lines().next().unwrap().trim_start_matches(['#', ' ']);
    format!("[{}](#{})", section.what, heading.to_lowercase())
}

fn table(section: &Section) -> String {
    let mut table = String::from("| key | what it says | what stands there |\n|---|---|---|\n");
    for key in &section.keys {
        let is_required = section.required.contains(&key.name);
        let required = if is_required { " *(required)*" } else { "" };
        let shape = in_words(&key.shape);
        writeln!(
            table,
            "| `{}` | {}{required} | {shape} |",
            key.name, key.doc
        )
        .unwrap();
    }
    if !section.later.is_empty() {
        let later = section.later.join("`, `");
        writeln!(table, "\nNot yet read, and refused until then: `{later}`.").unwrap();
    }
    table.trim_end().to_owned()
}

/// The section that is the long form of something.
fn section_in(shape: &Shape) -> Option<Section> {
    match shape {
        Shape::Section(section) => Some(section()),
        Shape::Table(inner) => section_in(inner),
        Shape::OneOf(shapes) => shapes.iter().find_map(section_in),
        _ => None,
    }
}

fn in_words(shape: &Shape) -> String {
    match shape {
        Shape::Text => "text".to_owned(),
        Shape::Number => "a number from 1 on".to_owned(),
        Shape::Flag => "`true` or `false`".to_owned(),
        Shape::Words(words) => format!("`{}`", words.join("`, `")),
        Shape::Any => "a value".to_owned(),
        Shape::Sequence(item) => format!("a sequence of {}", in_words(item)),
        Shape::Table(value) => format!("names, each with {}", in_words(value)),
        Shape::Section(section) => link(&section()),
        Shape::Named(name, inner) => match section_in(inner) {
            Some(section) => link(&section),
            None => (*name).to_owned(),
        },
        Shape::OneOf(shapes) => match shapes.as_slice() {
            [one, Shape::Sequence(item)] if in_words(one) == in_words(item) => {
                format!("{}; or a sequence of these", in_words(one))
            }
            shapes => {
                let shapes: Vec<String> = shapes.iter().map(in_words).collect();
                shapes.join(", or ")
            }
        },
        other => unreachable!("{other:?} has no words yet"),
    }
}

//! What YAML makes of a text, and what this compiler makes of YAML.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests say what they expect by unwrapping it"
)]

use es_codegen::{
    diagnostic::{Code, Report},
    model::{FieldId, Model, Type, TypeKind, ValueKind},
    source::{LoadErrorKind, SIZE_LIMIT, Source},
};
use std::{fmt::Write as _, fs, path::Path, time::Instant};

fn read(text: &str) -> Result<(Model, Report), Report> {
    es_codegen::model_of(&Source::from_text("test.yaml", text).unwrap())
}

fn codes(text: &str) -> Vec<Code> {
    match read(text) {
        Ok((_, report)) | Err(report) => report
            .diagnostics()
            .iter()
            .map(|diagnostic| diagnostic.code)
            .collect(),
    }
}

fn model(text: &str) -> Model {
    let source = Source::from_text("test.yaml", text).unwrap();
    match es_codegen::model_of(&source) {
        Ok((model, _)) => model,
        Err(report) => panic!("{}", report.render(&source, Default::default())),
    }
}

fn symbols(text: &str) -> Vec<(String, String)> {
    match &model(text).types[0].kind {
        TypeKind::Enum(symbols) => symbols
            .iter()
            .map(|symbol| (symbol.name.stored.clone(), symbol.name.rust.to_string()))
            .collect(),
        other => panic!("not an enum: {other:?}"),
    }
}

#[test]
fn text_keeps_its_spelling() {
    let found = symbols("domain: d\ntypes:\n  T: [no, 1.10, 014, null, 'true', 0x1F, 1_000]");
    let stored: Vec<&str> = found.iter().map(|(stored, _)| stored.as_str()).collect();
    // Nothing that is a word of YAML or a number to it is anything but text here.
    assert_eq!(
        stored,
        ["no", "1.10", "014", "null", "true", "0x1F", "1_000"]
    );
}

#[test]
fn a_tilde_is_text_that_needs_a_rust_name() {
    assert_eq!(
        symbols("domain: d\ntypes:\n  T: [{ ~: { rust: Tilde } }]"),
        [("~".to_owned(), "Tilde".to_owned())]
    );
    assert_eq!(
        symbols("domain: d\ntypes:\n  T: [{ '': { rust: Empty } }]"),
        [(String::new(), "Empty".to_owned())]
    );
}

#[test]
fn block_and_flow_say_the_same() {
    let flow = "domain: d\ntypes: { Item: { sku: String, sizes: [a] } }\n";
    assert_eq!(codes(flow), [Code::Quoting], "a sequence is no type");
    let flow = model("domain: d\ntypes: { Item: { sku: String, sizes: Vec<u8> }, Id: Uuid }\n");
    let block = model(
        "domain: d\ntypes:\n  Item:\n    sku: String\n    sizes: \"Vec<u8>\"\n  Id: 'Uuid'\n",
    );
    let shape = |model: &Model| -> Vec<String> {
        model
            .types
            .iter()
            .map(|def| match &def.kind {
                TypeKind::Object(fields) => format!(
                    "{:?}",
                    fields
                        .iter()
                        .map(|field| (field.name.rust.as_str(), model.type_name(&field.ty)))
                        .collect::<Vec<_>>()
                ),
                TypeKind::Newtype(ty) => model.type_name(ty),
                other => format!("{other:?}"),
            })
            .collect()
    };
    assert_eq!(shape(&flow), shape(&block));
    assert_eq!(
        shape(&flow),
        ["[(\"sku\", \"String\"), (\"sizes\", \"Vec<u8>\")]", "Uuid"]
    );
}

#[test]
fn line_ends_of_windows_and_a_byte_order_mark_change_nothing() {
    let text = "domain: d\r\ntypes:\r\n  A: Strin\r\n";
    let source = Source::from_text("test.yaml", format!("\u{feff}{text}")).unwrap();
    let report = es_codegen::model_of(&source).unwrap_err();
    assert_eq!(
        report.render(&source, Default::default()),
        "error[unknown-type]: no type is called `Strin`\n --> test.yaml:3:6\n  |\n3 |   A: Strin\n  |      ^^^^^\n  |\n  = hint: did you mean `String`?"
    );
}

#[test]
fn a_leaf_in_quotes_a_block_or_folded_lines_has_exact_places() {
    let base = "domain: d\ntypes: { Id: Uuid }\naggregates:\n  A:\n    id: Id\n    state: { n: u32 }\n    commands: { C: { for: new, emit: E } }\n    events:\n      E:\n        create: { n: 0 }\n      F:\n        apply: ";
    for (leaf, place) in [
        ("\"state.m \\u003d 1\"", (12, 23)),
        ("'state.n = x(''a'') + state.m'", (12, 44)),
        (
            "|\n          if true {\n            state.m = 1;\n          }",
            (14, 19),
        ),
        (">-\n          state.n = 1 +\n          state.m", (14, 17)),
        ("state.n = 1\n          + state.m", (13, 19)),
    ] {
        let source = Source::from_text("test.yaml", format!("{base}{leaf}\n")).unwrap();
        let report = es_codegen::model_of(&source).unwrap_err();
        let diagnostic = &report.diagnostics()[0];
        assert_eq!(
            diagnostic.code,
            Code::UnknownField,
            "{}",
            report.render(&source, Default::default())
        );
        let found = source.files()[0].place(diagnostic.span.start);
        assert_eq!((found.line, found.column), place, "{leaf}");
        assert_eq!(source.slice(diagnostic.span), "m");
    }
}

#[test]
fn many_quoting_mistakes_are_found_in_one_run() {
    let mut text = "domain: d\ntypes:\n".to_owned();
    for n in 0..30 {
        writeln!(text, "  A{n}: {{ a: @x, b: BTreeMap<u8, u8> }}").unwrap();
    }
    let found = codes(&text);
    assert_eq!(found.len(), 60);
    assert!(found.iter().all(|code| *code == Code::Quoting));
}

#[test]
fn an_option_is_left_out_null_or_given() {
    let text = "domain: d\ntypes: { Id: Uuid }\naggregates:\n  A:\n    id: Id\n    state: { n: Option<String> }\n    commands: { C: { for: new, fields: { n: Option<String> }, emit: E } }\n    events: { E: { fields: { n: Option<String> }, create: {} } }\n    scenarios:\n      s:\n        when: { C }\n        then: [ { E: { n: null } } ]\n        state: { n: 'null' }\n";
    let model = model(text);
    let scenario = &model.aggregates[0].scenarios[0];
    assert!(matches!(
        scenario.when.values[0].value.kind,
        ValueKind::None
    ));
    let es_codegen::model::Expected::Events(events) = scenario.expected.as_ref().unwrap() else {
        panic!("no events")
    };
    assert!(matches!(events[0].values[0].value.kind, ValueKind::None));
    assert_eq!(scenario.state[0].field, FieldId(0));
    assert!(
        matches!(&scenario.state[0].value.kind, ValueKind::Some(inner) if matches!(&inner.kind, ValueKind::String(text) if text == "null"))
    );
    assert_eq!(
        model.aggregates[0].state[0].ty,
        Type::Option(Box::new(Type::String))
    );
}

#[test]
fn a_file_that_cannot_be_read_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let kind = |path: &Path| Source::load(path).unwrap_err().kind;
    assert!(
        matches!(kind(&folder.path().join("missing.yaml")), LoadErrorKind::Io(error) if error.kind() == std::io::ErrorKind::NotFound)
    );
    assert!(matches!(kind(folder.path()), LoadErrorKind::NoSchemas));
    let latin = folder.path().join("latin.yaml");
    fs::write(&latin, b"domain: caf\xe9\n").unwrap();
    assert!(matches!(
        kind(&latin),
        LoadErrorKind::NotUtf8 { offset: 11 }
    ));
    let large = folder.path().join("large.yaml");
    fs::File::create(&large)
        .unwrap()
        .set_len(SIZE_LIMIT + 1)
        .unwrap();
    assert!(matches!(
        kind(&large),
        LoadErrorKind::TooLarge { limit: SIZE_LIMIT }
    ));
}

#[test]
fn hostile_text_is_refused_and_nothing_overflows() {
    // The stack of a test's thread is small, so that what goes too deep shows.
    for text in [
        "[".repeat(100_000),
        "{a: ".repeat(100_000),
        "- ".repeat(100_000),
        (0..2_000).fold(String::new(), |text, depth| {
            text + &" ".repeat(depth) + "a:\n"
        }),
        "? ".repeat(100_000),
        "!".repeat(100_000),
        "\"".to_owned() + &"\\u0000".repeat(10_000),
        "a: \u{0}".to_owned(),
        "&a [*a, *a]".to_owned(),
        "\u{feff}\u{feff}a: b".to_owned(),
    ] {
        assert!(read(&text).is_err(), "{}", &text[..text.len().min(40)]);
    }
}

#[test]
fn hostile_leaves_are_refused_or_read_and_nothing_overflows() {
    let schema = |leaf: &str| {
        format!(
            "domain: d\ntypes: {{ Id: Uuid }}\naggregates:\n  A:\n    id: Id\n    state: {{ n: u32 }}\n    commands: {{ C: {{ for: new, emit: E }}, D: {{ emit: F }} }}\n    events:\n      E: {{ create: {{ n: 0 }} }}\n      F:\n        apply: '{}'\n",
            leaf.replace('\'', "''")
        )
    };
    for piece in [
        "!",
        "-",
        "*",
        "&",
        "&mut ",
        "a = ",
        "|a| ",
        "a.b.",
        "a + ",
        "a..",
        "return ",
        "if a {} else ",
        "x as ",
        "a::<",
        "((",
        "[",
        "'a: ",
        "move || ",
        "async ",
        "a?",
        "a <",
        "match a {",
        "let a = ",
        "\"",
        "b'",
        "r#",
        "dyn ",
        "fn(",
        "=> ",
        "unsafe {",
        "loop {",
        "x!(",
        ".. ",
        "box ",
        "<a as ",
        "const {",
        "for<'a> ",
    ] {
        for count in [1, 10, 20, 30, 45, 60, 64, 200, 1_300, 5_000] {
            let _ = read(&schema(&piece.repeat(count)));
            let _ = read(&schema(&(piece.repeat(count) + "1")));
            let _ = read(&format!(
                "domain: d\ntypes:\n  A: '{}'\n",
                (piece.repeat(count) + "u8").replace('\'', "''")
            ));
        }
    }
    for ty in [
        "Vec<",
        "Option<Box<",
        "(",
        "&",
        "*const ",
        "fn() -> ",
        "[",
        "dyn A + ",
        "impl Fn(",
        "for<'a> ",
        "a::",
        "<u8 as ",
    ] {
        for count in [1, 10, 15, 20, 30, 60, 64, 100, 1_000] {
            let _ = read(&format!(
                "domain: d\ntypes:\n  A: '{}'\n",
                (ty.repeat(count) + "u8").replace('\'', "''")
            ));
        }
    }
}

#[test]
fn every_beginning_of_a_schema_is_answered() {
    let text = include_str!("schemas/order.yaml");
    for end in (0..text.len())
        .step_by(5)
        .filter(|end| text.is_char_boundary(*end))
    {
        let source = Source::from_text("order.yaml", &text[..end]).unwrap();
        if let Err(report) = es_codegen::model_of(&source) {
            assert!(report.errors() > 0 && !report.render(&source, Default::default()).is_empty());
        }
    }
}

#[test]
fn every_schema_with_a_character_too_many_is_answered() {
    let text = include_str!("schemas/order.yaml");
    for at in (0..text.len())
        .step_by(17)
        .filter(|at| text.is_char_boundary(*at))
    {
        for extra in ["\"", "{", "]", ":", "\t", "#", "&", "\n", "- ", "é", "'"] {
            let source = Source::from_text(
                "order.yaml",
                format!("{}{extra}{}", &text[..at], &text[at..]),
            )
            .unwrap();
            if let Err(report) = es_codegen::model_of(&source) {
                assert!(!report.render(&source, Default::default()).is_empty());
            }
        }
    }
}

#[test]
fn ten_thousand_mistakes_are_counted_and_fifty_are_shown() {
    let mut text = "domain: d\ntypes:\n".to_owned();
    for n in 0..10_000 {
        writeln!(text, "  # {}\n  T{n}: Strng{n}", "-".repeat(480)).unwrap();
    }
    assert!(text.len() > 4_900_000);
    let started = Instant::now();
    let source = Source::from_text("test.yaml", text).unwrap();
    let report = es_codegen::model_of(&source).unwrap_err();
    let shown = report.render(&source, Default::default());
    assert_eq!(report.errors(), 10_000);
    assert_eq!(shown.matches("error[unknown-type]").count(), 50);
    assert!(shown.ends_with("error: 9950 more errors not shown"));
    // Generous, for slow machines and builds without optimization; a quadratic step takes minutes.
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

//! Hard names: each becomes a Rust name that is valid, the same every time, and reminds of the stored one.

#![allow(
    clippy::unwrap_used,
    reason = "tests say what they expect by unwrapping it"
)]

use es_codegen::names::{Case, NAME_LIMIT, RustName, stored_name_problem};

fn upper(stored: &str) -> Option<String> {
    RustName::derive(stored, Case::Upper).map(|name| name.to_string())
}

fn snake(stored: &str) -> Option<String> {
    RustName::derive(stored, Case::Snake).map(|name| name.to_string())
}

#[test]
fn a_name_that_rust_would_write_stays_as_it_is() {
    for name in ["OrderPlaced", "HTMLPage", "A", "Größe", "Iban2"] {
        assert_eq!(upper(name).as_deref(), Some(name));
    }
    for name in ["shipped_at", "x", "_private", "line2", "größe", "a__b"] {
        assert_eq!(snake(name).as_deref(), Some(name));
    }
}

#[test]
fn other_names_are_folded() {
    for (stored, rust) in [
        ("Create Fine", "CreateFine"),
        (
            "T10 Determine: necessity to stop",
            "T10DetermineNecessityToStop",
        ),
        ("order.placed", "OrderPlaced"),
        ("OPEN", "Open"),
        ("in_transit", "InTransit"),
        ("1st", "_1st"),
        ("a-b", "AB"),
        ("no", "No"),
        ("user@home", "UserHome"),
        ("🎉 party", "Party"),
        ("\"quoted\"", "Quoted"),
        ("Self", "Self_"),
        ("self", "Self_"),
        ("Option", "Option"),
    ] {
        assert_eq!(upper(stored).as_deref(), Some(rust), "{stored}");
    }
    for (stored, rust) in [
        ("userID", "user_id"),
        ("Unit Price", "unit_price"),
        ("2nd line", "_2nd_line"),
        ("type", "r#type"),
        ("gen", "r#gen"),
        ("async", "r#async"),
        ("self", "self_"),
        ("super", "super_"),
        ("crate", "crate_"),
        ("Self", "self_"),
        ("state", "state"),
    ] {
        assert_eq!(snake(stored).as_deref(), Some(rust), "{stored}");
    }
}

#[test]
fn where_nothing_is_left_there_is_no_name() {
    for stored in ["", "_", "__", "🎉", "++", "…", " "] {
        assert_eq!(upper(stored), None, "{stored}");
        assert_eq!(snake(stored), None, "{stored}");
    }
}

#[test]
fn every_derived_name_is_an_identifier() {
    let corpus = [
        "as", "break", "const", "continue", "dyn", "else", "enum", "extern", "false", "fn", "for",
        "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return",
        "static", "struct", "trait", "true", "type", "unsafe", "use", "where", "while", "abstract",
        "become", "box", "do", "final", "macro", "override", "priv", "try", "typeof", "unsized",
        "virtual", "yield", "await", "async", "gen", "self", "Self", "super", "crate", "union",
        "1", "9 lives", "ﬁ", "ǅ", "Ⅷ", "·dot", "a\u{301}", "日本", "ß", "İ", "ʰ", "x'y", "a\tb",
        "r#type", "_1", "__init__",
    ];
    for stored in corpus {
        for case in [Case::Upper, Case::Snake] {
            let Some(name) = RustName::derive(stored, case) else {
                continue;
            };
            // What rustc takes as an identifier, raw or not, is one token.
            assert!(
                syn::parse_str::<syn::Ident>(name.as_str()).is_ok(),
                "{stored:?} became {name}"
            );
            assert_eq!(name.ident().to_string(), name.as_str(), "{stored:?}");
        }
    }
}

#[test]
fn a_name_that_is_given_has_to_be_one() {
    let given = |text: &str| RustName::given(text).map(|name| name.to_string());
    assert_eq!(given("Open").as_deref(), Some("Open"));
    assert_eq!(given("type").as_deref(), Some("r#type"));
    assert_eq!(given("r#type").as_deref(), Some("r#type"));
    for text in [
        "", "_", "self", "Self", "a-b", "1st", "a b", "r#", "r#self", "r#r#type",
    ] {
        assert_eq!(given(text), None, "{text}");
    }
}

#[test]
fn stored_names_have_a_length_and_no_control_characters() {
    assert_eq!(
        stored_name_problem("T06 Determine necessity of stop advice"),
        None
    );
    assert_eq!(stored_name_problem(&"x".repeat(NAME_LIMIT)), None);
    assert!(stored_name_problem(&"x".repeat(NAME_LIMIT + 1)).is_some());
    assert!(
        stored_name_problem(&"é".repeat(128)).is_some(),
        "the limit counts bytes"
    );
    assert!(stored_name_problem("").is_some());
    assert!(stored_name_problem("a\u{0}b").is_some());
}

#[test]
fn a_name_made_of_another_is_one_that_rust_would_write() {
    let made = |stored| {
        RustName::derive(stored, Case::Upper)
            .unwrap()
            .followed_by("V1")
    };
    assert_eq!(made("Self"), "SelfV1");
    assert_eq!(made("self"), "SelfV1");
    assert_eq!(made("Order"), "OrderV1");
    assert_eq!(
        RustName::given("Order_").unwrap().followed_by("V1"),
        "Order_V1"
    );
}

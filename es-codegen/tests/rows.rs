//! What becomes of projections: which traits a rule implements, what it clones, and what tells rows that other rules made.

#![allow(clippy::panic, reason = "tests say what they expect by unwrapping it")]

use es_codegen::{compile, source::Source};

/// The code of a projection with this key and these rules, checked to be Rust.
fn generated(key: &str, row: &str, events: &str) -> String {
    let schema = format!(
        "\
domain: rows
types:
  ThingId: Uuid
  Name: String
  Part: {{ name: Name, size: u32 }}
aggregates:
  Thing:
    id: ThingId
    state: {{}}
    commands:
      Make: {{ for: new, fields: {{ from: Name, to: Name, part: Part, size: u32 }}, emit: Made }}
      End: {{ emit: Ended }}
    events:
      Made: {{ fields: {{ from: Name, to: Name, part: Part, size: u32 }}, create: {{}} }}
      Ended: {{ apply: [] }}
projections:
  Table:
    key: {key}
    row: {{ {row} }}
    events:
{events}"
    );
    let source = Source::from_text("rows.yaml", schema).expect("a short schema");
    let compiled = compile(&source)
        .unwrap_or_else(|report| panic!("{}", report.render(&source, Default::default())));
    let text = compiled.generated.file("table.rs").unwrap_or_default();
    assert!(syn::parse_file(text).is_ok(), "{text}");
    text.to_owned()
}

/// The `impl`s of a projection, without what stands around them.
fn rules(key: &str, row: &str, events: &str) -> String {
    let text = generated(key, row, events);
    let start = text.find("\nimpl ").unwrap_or(text.len());
    let end = text.find(PARTS).unwrap_or(text.len());
    text[start..end].trim().to_owned()
}

/// What stands before the parts of events that rules are given.
const PARTS: &str = "\n/// Of events the fields that the rules look at. The others are not read.\n";

/// What the rules of a projection are given, without the rules.
fn parts(key: &str, row: &str, events: &str) -> String {
    let text = generated(key, row, events);
    let start = text.find(PARTS).unwrap_or(text.len());
    text[start..].trim_start().to_owned()
}

#[test]
fn an_insert_takes_over_what_the_event_has_and_moves_it() {
    let text = rules(
        "ThingId",
        "from: Name, part: Part, again: Name, count: u8",
        "      Made: { insert: { again: event.part.name, count: 0 } }\n",
    );
    insta::assert_snapshot!(text, @r#"
    impl Insert<read::Made> for Table {
        fn insert(thing_id: ThingId, event: read::Made, _: &EventContext<'_>) -> Self {
            Self {
                thing_id,
                from: event.from,
                part: event.part.clone(),
                again: event.part.name,
                count: 0,
            }
        }
    }
    "#);
}

#[test]
fn a_row_is_found_and_made_from_a_borrowed_event() {
    let text = rules(
        "{ name: Name, size: u32 }",
        "to: Name, count: u8",
        "      Made: { at: { size: event.size, name: event.from }, new: { to: event.to, count: 0 }, update: row.count += 1 }\n",
    );
    insta::assert_snapshot!(text, @r#"
    impl At<read::Made> for Table {
        fn at(event: &read::Made, _: &EventContext<'_>) -> (Name, u32) {
            (event.from.clone(), event.size)
        }
    }

    impl NewRow<read::Made> for Table {
        fn new_row((name, size): (Name, u32), event: &read::Made, _: &EventContext<'_>) -> Self {
            Self {
                name,
                size,
                to: event.to.clone(),
                count: 0,
            }
        }
    }

    impl Project<read::Made> for Table {
        fn project(&mut self, _: read::Made, _: &EventContext<'_>) {
            let row = self;
            row.count += 1;
        }
    }
    "#);
}

#[test]
fn changes_of_several_rows_leave_what_those_behind_them_need() {
    let text = rules(
        "{ name: Name }",
        "parts: Vec<Part>",
        "      Made:
        - { at: { name: event.from }, update: row.parts.push(event.part) }
        - { at: { name: event.from }, insert: { parts: \"vec![event.part]\" } }
        - { at: { name: event.to }, delete: row }
",
    );
    insta::assert_snapshot!(text, @r#"
    impl ProjectRows<read::Made> for Table {
        fn project_rows(
            rows: &mut Rows<'_, Self>,
            event: read::Made,
            _: &EventContext<'_>,
        ) -> Result<(), RowError> {
            {
                let event = event.clone();
                let key = event.from;
                rows.update(&key, |row| {
                    row.parts.push(event.part);
                })?;
            }
            rows.insert(Self {
                name: event.from,
                parts: vec![event.part],
            })?;
            let key = event.to;
            rows.delete(&key)?;
            Ok(())
        }
    }
    "#);
}

#[test]
fn what_is_made_and_what_is_changed_each_have_an_event_where_both_need_one() {
    let text = rules(
        "{ name: Name }",
        "parts: Vec<Part>",
        "      Made:
        - { at: { name: event.from }, new: { parts: \"vec![event.part]\" }, update: row.parts.push(event.part) }
        - { at: { name: \"Name::from(event.to)\" }, update: [] }
",
    );
    insta::assert_snapshot!(text, @r#"
    impl ProjectRows<read::Made> for Table {
        fn project_rows(
            rows: &mut Rows<'_, Self>,
            event: read::Made,
            _: &EventContext<'_>,
        ) -> Result<(), RowError> {
            let key = event.from.clone();
            rows.upsert(
                key,
                |name| {
                    let event = event.clone();
                    Self {
                        name,
                        parts: vec![event.part],
                    }
                },
                |row| {
                    let event = event.clone();
                    row.parts.push(event.part);
                },
            )?;
            let key = Name::from(event.to);
            rows.update(&key, |_| {})?;
            Ok(())
        }
    }
    "#);
}

#[test]
fn a_single_row_needs_no_key() {
    let text = rules(
        "{}",
        "count: u64",
        "      Made: { new: { count: cx.version().get() }, update: [] }\n      Ended: delete\n",
    );
    insta::assert_snapshot!(text, @r#"
    impl At<read::Made> for Table {
        fn at(_: &read::Made, _: &EventContext<'_>) {}
    }

    impl NewRow<read::Made> for Table {
        fn new_row((): (), _: &read::Made, cx: &EventContext<'_>) -> Self {
            Self {
                count: cx.version().get(),
            }
        }
    }

    impl Project<read::Made> for Table {
        fn project(&mut self, _: read::Made, _: &EventContext<'_>) {}
    }

    impl At<super::thing::events::Ended> for Table {
        fn at(_: &super::thing::events::Ended, _: &EventContext<'_>) {}
    }
    "#);
}

#[test]
fn a_column_may_be_called_like_what_a_rule_is_given() {
    let text = rules(
        "{ event: Name, cx: Name, key_event: Name }",
        "row: u32",
        "      Made: { at: { event: event.from, cx: event.to, key_event: event.from }, insert: { row: event.size } }\n",
    );
    insta::assert_snapshot!(text, @r#"
    impl At<read::Made> for Table {
        fn at(event: &read::Made, _: &EventContext<'_>) -> (Name, Name, Name) {
            (event.from.clone(), event.to.clone(), event.from.clone())
        }
    }

    impl Insert<read::Made> for Table {
        fn insert(
            (key_key_event, key_cx, key_event): (Name, Name, Name),
            event: read::Made,
            _: &EventContext<'_>,
        ) -> Self {
            Self {
                event: key_key_event,
                cx: key_cx,
                key_event,
                row: event.size,
            }
        }
    }
    "#);
}

#[test]
fn rules_are_given_the_fields_that_they_look_at() {
    let text = parts(
        "{ name: Name }",
        "to: Name, sizes: Vec<u32>",
        "      Made:
        - { at: { name: event.from }, insert: { to: event.part.name, sizes: \"vec![event.part.size]\" } }
      Ended: { at: { name: 'Name::from(\"a\")' }, update: [] }
",
    );
    insta::assert_snapshot!(text, @r#"
    /// Of events the fields that the rules look at. The others are not read.
    mod read {
        use super::super::types::{Name, Part};
        use serde::Deserialize;

        #[derive(Deserialize)]
        pub struct Made {
            pub from: Name,
            pub part: Part,
        }

        impl From<super::super::thing::events::Made> for Made {
            fn from(event: super::super::thing::events::Made) -> Self {
                Self {
                    from: event.from,
                    part: event.part,
                }
            }
        }
    }
    "#);
}

#[test]
fn rules_that_need_all_of_an_event_are_given_it() {
    for rule in [
        // Each of its fields.
        r#"insert: { name: event.from, note: 'format!("{} {} {}", event.to, event.part.size, event.size)' }"#,
        // The event as such.
        r#"insert: { name: event.from, note: 'format!("{:?}", event)' }"#,
        r#"insert: { name: event.from, note: "event.note()" }"#,
        // By hand.
        "insert: by hand",
        "new: { name: event.from, note: String::new() }, update: by hand",
    ] {
        let events = format!("      Made: {{ {rule} }}\n");
        let text = generated("ThingId", "name: Name, note: String", &events);
        assert!(!text.contains("read"), "{rule}\n{text}");
    }
}

#[test]
fn a_key_that_begins_like_a_statement_is_an_expression_all_the_same() {
    let text = rules(
        "{ size: u32 }",
        "",
        "      Made: { at: { size: \"match event.size { 0 => 1, size => size } + 1\" }, insert: {} }\n",
    );
    assert!(
        text.contains("        (match event.size { 0 => 1, size => size } + 1)\n"),
        "{text}"
    );
}

#[test]
fn a_name_that_may_be_the_rules_own_is_no_warning() {
    let text = rules(
        "ThingId",
        "count: u32",
        "      Made: { insert: { count: \"[1].iter().map(|event| event + 1).sum()\" } }\n",
    );
    assert!(text.contains("#[allow(unused_variables"), "{text}");
}

#[test]
fn what_is_by_hand_is_left_out_and_told() {
    let text = generated(
        "ThingId",
        "count: u32",
        "      Made: { new: { count: 1 }, update: by hand }\n      Ended: by hand\n",
    );
    assert!(
        text.contains("/// - `impl Project<thing::events::Made> for Table`\n"),
        "{text}"
    );
    assert!(
        text.contains("/// - `impl ProjectRows<thing::events::Ended> for Table`\n"),
        "{text}"
    );
    assert_eq!(text.matches("\nimpl ").count(), 1, "{text}");
}

const KEY: &str = "{ name: Name }";
const ROW: &str = "from: Name, count: u32";
const EVENTS: &str = "      \
    Made: { at: { name: event.to }, new: { from: event.from, count: 0 }, update: row.count += event.size }
      Ended: by hand
";

/// The fingerprint of the rules once everything in them that says `from` says `to`.
fn fingerprint(from: &str, to: &str) -> String {
    assert!(EVENTS.contains(from), "{from}");
    let text = generated(KEY, ROW, &EVENTS.replace(from, to));
    let (_, rest) = text.split_once("rules = \"").expect("a fingerprint");
    rest.split('"').next().unwrap_or_default().to_owned()
}

#[test]
fn a_rule_that_says_something_else_has_another_fingerprint() {
    let mut seen = vec![fingerprint("", "")];
    for (from, to) in [
        ("name: event.to", "name: event.from"),
        ("from: event.from", "from: event.to"),
        ("count: 0", "count: 1"),
        ("+= event.size", "-= event.size"),
        ("update: row.count += event.size", "update: []"),
        ("update: row.count += event.size", "update: by hand"),
        (
            "new: { from: event.from, count: 0 }, update: row.count += event.size",
            "insert: { count: 0 }",
        ),
        (
            "Made: { at: { name: event.to }, new",
            "Made:\n        - { at: { name: event.from }, delete: row }\n        - { at: { name: event.to }, new",
        ),
        ("      Ended: by hand\n", ""),
        (
            "Ended: by hand",
            "Ended: { at: { name: \"Name::from(1)\" }, delete: row }",
        ),
    ] {
        let changed = fingerprint(from, to);
        assert!(!seen.contains(&changed), "{from} -> {to}");
        seen.push(changed);
    }
}

#[test]
fn what_changes_no_rule_keeps_the_fingerprint() {
    let before = fingerprint("", "");
    for (from, to) in [
        (
            "row.count += event.size",
            "\"row . count+=event.size // more\"",
        ),
        ("from: event.from, count: 0", "count: 0, from: event.from"),
        ("Made:", "Thing.Made:"),
        (
            "Ended: by hand\n",
            "Ended: by hand\n    index: from\n    revision: 7\n    on_error: park\n    doc: More.\n",
        ),
    ] {
        assert_eq!(fingerprint(from, to), before, "{from} -> {to}");
    }
}

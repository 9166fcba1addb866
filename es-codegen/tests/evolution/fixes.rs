//! Repairs: the entry that is written, the text around it that stays, and what is left to people.

use super::{locked, published, report, source};
use es_codegen::evolution::fix;

const HEAD: &str = "\
domain: shop # the shop
types:
  OrderId: Uuid
  Address: { street: String, city: String }
  Line: { sku: String }
  Status: [open, sent]
aggregates:
  Order:
    id: OrderId
    state: { open: bool }
    events:
      Opened: { create: { open: \"true\" } }
";

fn schema(events: &str) -> String {
    format!("{HEAD}{events}")
}

/// A schema once it is repaired, and how many errors are left.
fn repaired(published_text: &str, changed: &str) -> (String, usize) {
    let lock = published(published_text, None);
    let mut before = source("shop.yaml", changed);
    let read = locked(&mut before, &lock).unwrap();
    let fixed = fix(&before, &read);
    let text = fixed.first().map_or(changed, |file| &file.text).to_owned();
    let errors = report(&mut source("shop.yaml", &text), &lock).errors();
    (text, errors)
}

/// What stands in place of the lines of a schema that a repair has changed or added.
#[track_caller]
fn check(published: &str, changed: &str, expected: &str) {
    let (text, errors) = repaired(&schema(published), &schema(changed));
    assert_eq!(text, schema(expected));
    assert_eq!(errors, 0);
}

#[test]
fn an_entry_is_written_behind_everything_else_of_a_block() {
    check(
        "      Sent:
        fields: { carrier: String }
        apply: []
      Paid: { fields: { by: String }, apply: [] }
",
        "      Sent:
        fields:
          carrier: String # who brings it
          note: Option<String>
        apply: []   # nothing

      # How it was paid.
      Paid: { fields: { by: String }, apply: [] }
",
        "      Sent:
        fields:
          carrier: String # who brings it
          note: Option<String>
        apply: []   # nothing
        changes: [ { add: { note: None } } ]

      # How it was paid.
      Paid: { fields: { by: String }, apply: [] }
",
    );
}

#[test]
fn an_entry_is_written_before_the_closing_brace() {
    check(
        "      Sent: { fields: { paid: u32 }, apply: [] }\n",
        "      Sent: { fields: { paid: u64 }, apply: [] } # at last\n",
        "      Sent: { fields: { paid: u64 }, apply: [], changes: [{ retype: { paid: u32 } }] } # at last\n",
    );
}

#[test]
fn entries_are_added_to_blocks_and_to_brackets() {
    let published = |more: &str| {
        format!(
            "      Sent:\n        fields: {{ paid: u64, by: String }}\n        apply: []\n        changes:{more}\n"
        )
    };
    let changed = |more: &str| {
        format!(
            "      Sent:\n        fields: {{ paid: u64, by: Vec<String> }}\n        apply: []\n        changes:{more}\n"
        )
    };
    for (entries, repaired) in [
        (
            "\n          - add: { paid: \"0\" }",
            "\n          - add: { paid: \"0\" }\n          - { wrap: [by] }",
        ),
        (
            "\n        - add: { paid: \"0\" } # free",
            "\n        - add: { paid: \"0\" } # free\n        - { wrap: [by] }",
        ),
        (
            " [ { add: { paid: \"0\" } } ]",
            " [ { add: { paid: \"0\" } }, { wrap: [by] } ]",
        ),
        (
            " [{ add: { paid: \"0\" } }]",
            " [{ add: { paid: \"0\" } }, { wrap: [by] }]",
        ),
    ] {
        check(&published(entries), &changed(entries), &changed(repaired));
    }
}

#[test]
fn each_kind_of_step_is_written() {
    for (before, now, entry) in [
        ("paid: u32", "paid: u64", "{ retype: { paid: u32 } }"),
        ("note: String", "note: Option<String>", "{ wrap: [note] }"),
        (
            "carrierName: String",
            "carrier_name: String",
            "{ rename: { carrierName: carrier_name } }",
        ),
        (
            "street: String, city: String",
            "address: Address",
            "{ nest: { address: [street, city] } }",
        ),
        (
            "address: Address",
            "street: String, city: String",
            "{ flatten: { address: Address } }",
        ),
        (
            "paid: u32, sizes: \"BTreeMap<String, u8>\"",
            "paid: u32",
            "{ remove: { sizes: \"BTreeMap<String, u8>\" } }",
        ),
    ] {
        let event = |fields: &str| format!("      Sent: {{ fields: {{ {fields} }}, apply: [] }}\n");
        let changed = event(now);
        let expected = changed.replace(" }\n", &format!(", changes: [{entry}] }}\n"));
        check(&event(before), &changed, &expected);
    }
}

#[test]
fn a_type_is_repaired_with_what_holds_it() {
    let event = "      Sent: { fields: { lines: Vec<Line>, status: Status }, apply: [] }\n";
    let before = schema(event);
    let changed = before
        .replace(
            "Line: { sku: String }",
            "Line: { sku: String, note: Option<String> }",
        )
        .replace("[open, sent]", "[open, sent, lost]");
    let (text, errors) = repaired(&before, &changed);
    assert_eq!(errors, 0);
    let expected = changed
        .replace("Line: { sku: String, note: Option<String> }", "Line: { fields: { sku: String, note: Option<String> }, changes: [{ add: { note: None } }] }")
        .replace("[open, sent, lost]", "{ enum: [open, sent, lost], changes: [{ add: [lost] }] }")
        .replace("apply: [] }", "apply: [], changes: [{ follows: [Line, Status] }] }");
    assert_eq!(text, expected);
}

#[test]
fn a_type_that_holds_itself_needs_no_more_than_others() {
    let event = "      Sent: { fields: { lines: Vec<Line> }, apply: [] }\n";
    let before = schema(event).replace("Line: { sku: String }", "Line: { parts: Vec<Line> }");
    let changed = before.replace(
        "{ parts: Vec<Line> }",
        "{ parts: Vec<Line>, note: Option<String> }",
    );
    let (text, errors) = repaired(&before, &changed);
    assert_eq!(errors, 0, "{text}");
    assert!(
        text.contains("changes: [{ add: { note: None } }]"),
        "{text}"
    );
}

#[test]
fn a_type_in_the_short_form_of_a_block_gets_the_long_one() {
    let event = "      Sent: { fields: { lines: Vec<Line> }, apply: [] }\n";
    let before = schema(event).replace("Line: { sku: String }", "Line:\n    sku: String");
    let changed = before.replace(
        "    sku: String\n",
        "    sku: String # its number\n    note: Option<String>\n",
    );
    let (text, errors) = repaired(&before, &changed);
    assert_eq!(errors, 0);
    assert!(
        text.contains("  Line:\n    fields:\n      sku: String # its number\n      note: Option<String>\n    changes: [ { add: { note: None } } ]\n"),
        "{text}"
    );
}

#[test]
fn names_that_were_are_written() {
    check(
        "      Sent: { fields: { carrier: String }, apply: [] }\n",
        "      Shipped: { fields: { carrier: String }, apply: [] }\n",
        "      Shipped: { fields: { carrier: String }, apply: [], was: [Sent] }\n",
    );
    let before = schema("      Sent: { fields: { carrier: String }, apply: [] }\n");
    let changed = before.replace("  Order:\n", "  Purchase:\n");
    let (text, errors) = repaired(&before, &changed);
    assert_eq!(errors, 0);
    assert_eq!(text, changed + "    was: [Order]\n");
}

#[test]
fn an_event_that_is_gone_comes_back_as_a_retired_one() {
    check(
        "      Sent: { fields: { carrier: String, to: Address }, apply: [] }\n",
        "",
        "      Sent: { retired: true, fields: { carrier: String, to: Address } }\n",
    );
}

#[test]
fn what_only_people_know_is_left_to_them() {
    for (before, now) in [
        ("carrier: String", "carrier: String, paid: u64"),
        ("courier: String", "courier_name: String"),
        ("kwh: u32", "kilowatthours: u32"),
        ("tare: u32", "tare_kg: u64"),
        ("paid: u32", "note: Option<String>"),
        // Nor is half of it written.
        ("tare: u32, paid: u32", "tare_kg: u32, paid: u64"),
        ("paid: u64", "paid: u32"),
        ("paid: u64", "paid: f64"),
    ] {
        let event = |fields: &str| {
            schema(&format!(
                "      Sent: {{ fields: {{ {fields} }}, apply: [] }}\n"
            ))
        };
        let (text, errors) = repaired(&event(before), &event(now));
        assert_eq!(text, event(now));
        assert!(errors > 0);
    }
}

#[test]
fn the_ends_of_lines_stay_as_they_are() {
    let before = schema("      Sent:\n        fields: { paid: u32 }\n        apply: []\n")
        .replace('\n', "\r\n");
    let changed = before.replace("paid: u32", "paid: u64");
    let (text, errors) = repaired(&before, &changed);
    assert_eq!(errors, 0);
    assert_eq!(
        text,
        changed + "        changes: [ { retype: { paid: u32 } } ]\r\n"
    );
}

#[test]
fn a_symbol_that_may_be_another_one_is_left_to_people() {
    let event = "      Sent: { fields: { status: Status }, apply: [] }\n";
    let before = schema(event);
    for now in [
        "[Open, sent]",
        "[opened, sent]",
        "[open, lost]",
        "[open, dispatched, lost]",
    ] {
        let changed = before.replace("[open, sent]", now);
        let (text, errors) = repaired(&before, &changed);
        assert_eq!(text, changed);
        assert!(errors > 0);
    }
    let renamed = before.replace("[open, sent]", "{ enum: [Open: { was: [open] }, sent] }");
    assert_eq!(repaired(&before, &renamed), (renamed.clone(), 0));
}

#[test]
fn a_variant_that_may_be_another_one_is_left_to_people() {
    let event = "      Sent: { fields: { paid: Paid }, apply: [] }\n";
    let before = schema(event).replace(
        "  Status: ",
        "  Paid: { union: { Cash: {}, Card: { last4: String } } }\n  Status: ",
    );
    let changed = before.replace("Cash: {}", "Coins: {}");
    let (text, errors) = repaired(&before, &changed);
    assert_eq!(text, changed);
    assert!(errors > 0);
}

#[test]
fn a_part_that_may_be_another_one_is_left_to_people() {
    let event = "      Sent: { fields: { lines: Vec<Line> }, apply: [] }\n";
    let before = schema(event);
    let changed = before.replace("Line: { sku: String }", "Line: { number: String }");
    let (text, errors) = repaired(&before, &changed);
    assert_eq!(text, changed);
    assert!(errors > 0);
}

/// The hints that are given for a changed event, without what is said twice.
fn hints(before: &str, now: &str) -> Vec<String> {
    let event = |fields: &str| {
        schema(&format!(
            "      Sent: {{ fields: {{ {fields} }}, apply: [] }}\n"
        ))
    };
    let lock = published(&event(before), None);
    let report = report(&mut source("shop.yaml", &event(now)), &lock);
    let hints = report.diagnostics().iter();
    let mut hints: Vec<String> = hints.filter_map(|found| found.hint.clone()).collect();
    hints.dedup();
    hints
}

#[test]
fn both_are_offered_where_a_field_went_and_another_came_and_both_are_true() {
    for (before, now, renamed, two) in [
        (
            "kwh: u32",
            "kilowatthours: u32",
            "{ rename: { kwh: kilowatthours } }",
            "{ remove: { kwh: u32 }, add: { kilowatthours: … } }",
        ),
        (
            "tare: u32",
            "tare_kg: u64",
            "{ rename: { tare: tare_kg } }, { retype: { tare_kg: u32 } }",
            "{ remove: { tare: u32 }, add: { tare_kg: … } }",
        ),
        (
            "tare: String",
            "weight: u64",
            "{ rename: { tare: weight } }, { retype: { weight: { from: String, with: … } } }",
            "{ remove: { tare: String }, add: { weight: … } }",
        ),
        (
            "memo: String",
            "note: Option<String>",
            "{ rename: { memo: note } }, { wrap: [note] }",
            "{ remove: { memo: String }, add: { note: None } }",
        ),
    ] {
        let hints = hints(before, now);
        let [hint] = hints.as_slice() else {
            panic!("{hints:?}")
        };
        for way in [renamed, two] {
            assert!(hint.contains(&format!("`{way}`")), "{hint}");
            let event = |fields: &str, more: &str| {
                format!("      Sent: {{ fields: {{ {fields} }}, apply: []{more} }}\n")
            };
            let way = way.replace("with: …", "with: \"0\"").replace('…', "\"0\"");
            let after = schema(&event(now, &format!(", changes: [{way}]")));
            let lock = published(&schema(&event(before, "")), None);
            let report = report(&mut source("shop.yaml", &after), &lock);
            assert_eq!(report.errors(), 0, "{way}: {:?}", report.diagnostics());
        }
    }
}

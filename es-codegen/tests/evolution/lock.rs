//! The lock: what stands in it, what is found where it was edited, and that it only grows.

use super::{declared, locked, model, published, source};
use es_codegen::{
    diagnostic::{Code, Diagnostics},
    evolution::{self, Lock, Publication},
    source::Source,
};

const SCHEMA: &str = "\
domain: shop
types:
  OrderId: Uuid
  Money: { rust: Decimal, check: value.scale() <= 2 }
  Status: { enum: [open, { sent: { was: [gone] } }] }
  Payment: { union: { Cash: {}, Card: { last4: String } } }
  Iban: { rust: crate::Iban, as: String, sample: DE02120300000000202051 }
  Line: { fields: { sku: String, count: u32, parts: Vec<Line> }, changes: [ { add: { count: \"1\" } } ] }
aggregates:
  Order:
    was: [Purchase]
    id: OrderId
    state: { open: bool }
    events:
      Opened: { create: { open: \"true\" } }
      \"Order: shipped\":
        rust: Shipped
        was: [Sent]
        fields: { carrier: String, lines: \"BTreeMap<String, Line>\", total: Option<Money>, status: Status, by: Payment, to: Iban }
        apply: []
        changes:
          - { rename: { courier: carrier } }
          - { add: { total: Money::ZERO.into() }, follows: Line }
      Lost: { retired: true, fields: { why: String } }
";

fn code_of(text: &str) -> Vec<(Code, usize)> {
    let mut source = source("shop.yaml", SCHEMA);
    let report = match locked(&mut source, text) {
        Ok(_) => return Vec::new(),
        Err(report) => report,
    };
    let found = report.diagnostics().iter();
    found
        .map(|found| {
            let file = source.file(found.span.file).unwrap();
            assert_eq!(file.name(), "es.lock");
            (found.code, file.place(found.span.start).line)
        })
        .collect()
}

/// The number of the first line that holds this.
fn line(text: &str, part: &str) -> usize {
    text.lines().position(|line| line.contains(part)).unwrap() + 1
}

#[test]
fn everything_that_is_stored_stands_in_it() {
    insta::assert_snapshot!(published(SCHEMA, None));
}

#[test]
fn what_is_read_back_is_written_in_the_same_way() {
    let text = published(SCHEMA, None);
    let lock = locked(&mut source("shop.yaml", SCHEMA), &text).unwrap();
    assert_eq!(Lock::write(&lock.history), text);
    // Nothing is new the second time.
    let again = Publication::of(&declared(SCHEMA), Some(&lock));
    assert_eq!((again.published.len(), again.lock), (0, text));
}

#[test]
fn git_may_turn_the_ends_of_its_lines() {
    let text = published(SCHEMA, None).replace('\n', "\r\n");
    assert_eq!(code_of(&text), []);
}

#[test]
fn a_publication_adds_lines_and_changes_none() {
    let first = published(SCHEMA, None);
    let lock = locked(&mut source("shop.yaml", SCHEMA), &first).unwrap();
    let changed = SCHEMA
        .replace("carrier: String,", "carrier: String, note: Option<String>,")
        .replace(
            "follows: Line }\n",
            "follows: Line }\n          - { add: { note: None } }\n",
        )
        .replace("      Lost:", "      Returned: { apply: [] }\n      Lost:");
    let second = published(&changed, Some(&lock));
    let stored = |text: &str| text.split("made:").next().unwrap().to_owned();
    let mut rest = stored(&second);
    for line in stored(&first).lines() {
        let at = rest
            .find(line)
            .unwrap_or_else(|| panic!("{line} is gone or moved"));
        rest.drain(..at + line.len());
    }
    let added = stored(&second).lines().count() - stored(&first).lines().count();
    assert_eq!(added, 20, "{second}");
}

#[test]
fn what_is_called_otherwise_keeps_its_fingerprints() {
    let first = published(SCHEMA, None);
    let lock = locked(&mut source("shop.yaml", SCHEMA), &first).unwrap();
    let renamed = SCHEMA
        .replace("sent: { was: [gone] }", "on_its_way: { was: [gone, sent] }")
        .replace("was: [Sent]", "was: [Sent, \"Order: shipped\"]")
        .replace("\"Order: shipped\":", "Shipped:")
        .replace("        rust: Shipped\n", "");
    let second = published(&renamed, Some(&lock));
    let fingerprints = |text: &str| {
        let stored = text.split("made:").next().unwrap().to_owned();
        let lines = stored.lines().filter(|line| line.contains("fingerprint"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(fingerprints(&second), fingerprints(&first));
    assert!(second.contains("on_its_way:"), "{second}");
    locked(&mut source("shop.yaml", &renamed), &second).unwrap();
}

#[test]
fn names_keep_the_order_in_which_they_were_published() {
    let first = published(SCHEMA, None);
    let lock = locked(&mut source("shop.yaml", SCHEMA), &first).unwrap();
    let renamed = SCHEMA
        .replace("was: [Sent]", "was: [\"Order: shipped\", Sent]")
        .replace("\"Order: shipped\":", "Delivered:")
        .replace("sent: { was: [gone] }", "away: { was: [sent, gone] }");
    let second = published(&renamed, Some(&lock));
    let event = "  - event: Delivered\n    was:\n    - Sent\n    - 'Order: shipped'\n";
    assert!(second.contains(event), "{second}");
    assert!(
        second.contains("      away:\n      - gone\n      - sent\n"),
        "{second}"
    );
}

#[test]
fn what_a_type_was_before_the_first_publication_stands_in_it() {
    let schema = SCHEMA
        .replace("Line: {", "Part: { weight: u8 }\n  Line: {")
        .replace(
            "{ add: { count: \"1\" } }",
            "{ add: { count: \"1\" }, remove: { part: Part } }",
        )
        .replace(", follows: Line", "");
    let text = published(&schema, None);
    assert!(text.contains("- type: Part\n"), "{text}");
    locked(&mut source("shop.yaml", &schema), &text).unwrap();
}

#[test]
fn an_event_that_is_gone_stays_in_it() {
    let first = published(SCHEMA, None);
    let lock = locked(&mut source("shop.yaml", SCHEMA), &first).unwrap();
    let changed = SCHEMA.replace(
        "      Lost: { retired: true, fields: { why: String } }\n",
        "",
    );
    let second = published(&changed, Some(&lock));
    assert!(
        second.contains("- event: Lost\n    retired: ignored\n"),
        "{second}"
    );
}

#[test]
fn each_edit_of_a_published_version_is_found_at_its_line() {
    let text = published(SCHEMA, None);
    for (from, to, at) in [
        ("courier: String", "courier: u64", "    - version: 1"),
        (
            "carrier: String",
            "carrier: Vec<String>",
            "    - version: 2",
        ),
        ("Money::ZERO", "Money::ONE", "    - version: 3"),
        ("reads_as: 2", "reads_as: 1", "    - version: 2"),
        ("sku: String", "sku: u64", "    - version: 1"),
        ("newtype: Decimal", "newtype: u64", "newtype: Decimal"),
    ] {
        assert!(text.contains(from), "{from}\n{text}");
        let edited = text.replacen(from, to, 1);
        let found = code_of(&edited);
        assert!(!found.is_empty(), "{from}");
        for (code, _) in &found {
            assert_eq!(*code, Code::HistoryRewritten, "{from}");
        }
        let lines: Vec<&str> = found
            .iter()
            .map(|(_, line)| edited.lines().nth(line - 1).unwrap())
            .collect();
        assert!(
            lines.iter().any(|line| line.contains("version: ")),
            "{at}: {lines:?}"
        );
    }
}

#[test]
fn a_version_that_was_taken_away_is_found() {
    let text = published(SCHEMA, None);
    let (before, behind) = text
        .split_once("    - version: 2\n      reads_as: 2")
        .unwrap();
    let (_, behind) = behind.split_once("    - version: 3").unwrap();
    let edited = format!("{before}    - version: 3{behind}");
    assert_eq!(
        code_of(&edited),
        [(Code::VersionGap, line(&edited, "- event: 'Order: shipped'"))]
    );
}

#[test]
fn what_cannot_be_read_is_said_with_its_line() {
    let text = published(SCHEMA, None);
    let unreadable = |edited: String| {
        let found = code_of(&edited);
        let [(Code::LockUnreadable, line)] = found[..] else {
            panic!("{found:?}")
        };
        line
    };
    assert_eq!(unreadable(text.replace("lock: 1", "lock: 2")), 2);
    assert_eq!(
        unreadable(text.replace("domain: shop", "domain: shop\nname: x")),
        4
    );
    assert_eq!(
        unreadable(text.replace("courier: String", "courier: Strin")),
        line(&text, "- event: 'Order: shipped'") + 4
    );
    assert!(unreadable(text.replace("courier: String", "courier: [")) > 10);
    assert_eq!(unreadable("<<<<<<< HEAD\n".to_owned() + &text), 1);
    assert_eq!(unreadable(String::new()), 1);
}

#[test]
fn the_lock_of_another_domain_is_refused() {
    let other = "domain: bank\ntypes: { OrderId: Uuid }\naggregates:\n  Account:\n    id: OrderId\n    state: {}\n    events: { Opened: { create: {} } }\n";
    let mut source = source("shop.yaml", SCHEMA);
    let lock = locked(&mut source, &published(other, None)).unwrap();
    let model = model(&source);
    let mut cx = Diagnostics::new();
    evolution::check(
        &mut cx,
        &evolution::declared(&model),
        Some(&lock),
        &model.levels,
    );
    let report = cx.finish().unwrap_err();
    assert_eq!(report.diagnostics()[0].code, Code::LockUnreadable);
    assert_eq!(report.errors(), 1);
}

#[test]
fn a_lock_may_have_grown_since_another_day_and_nothing_else() {
    let first = published(SCHEMA, None);
    let lock = |source: &mut Source, text: &str| locked(source, text).unwrap();
    let changed = SCHEMA
        .replace("carrier: String,", "carrier: String, note: Option<String>,")
        .replace(
            "follows: Line }\n",
            "follows: Line }\n          - { add: { note: None } }\n",
        );
    let mut one = source("shop.yaml", SCHEMA);
    let old = lock(&mut one, &first);
    let grown = lock(&mut one, &published(&changed, Some(&old)));
    let rewritten = lock(
        &mut one,
        &published(&SCHEMA.replace("courier: carrier", "who: carrier"), None),
    );
    let found = |now: &Lock, then: &Lock| {
        let mut cx = Diagnostics::new();
        evolution::against(&mut cx, now, then, "`main`");
        let report = match cx.finish() {
            Ok(report) | Err(report) => report,
        };
        report
            .diagnostics()
            .iter()
            .map(|found| found.code)
            .collect::<Vec<_>>()
    };
    assert_eq!(found(&grown, &old), []);
    assert_eq!(found(&old, &old), []);
    assert_eq!(found(&old, &grown), [Code::LockStale]);
    assert_eq!(
        found(&rewritten, &old),
        [Code::HistoryRewritten, Code::HistoryRewritten]
    );
}

//! One schema, written in all the ways that YAML has: the code is the same to the byte.

#![allow(clippy::panic, reason = "tests say what they expect by unwrapping it")]

use es_codegen::{compile, source::Source};
use std::path::Path;

/// Each generated file with its text.
fn code(schema: &str) -> Vec<(String, String)> {
    let source = Source::from_text("library.yaml", schema).expect("a short schema");
    let compiled = match compile(&source) {
        Ok(compiled) => compiled,
        Err(report) => panic!("{}", report.render(&source, Default::default())),
    };
    let files = compiled.generated.files();
    files
        .map(|(name, text)| (name.to_string(), text.to_string()))
        .collect()
}

const BLOCK: &str = "\
domain: library
types:
  BookId: Uuid
  Status:
    - on shelf
    - lent
  Reader:
    name: String
    cards: Vec<u8>
aggregates:
  Book:
    doc: >-
      A book,
      and who has it.
    id: BookId
    lifecycle: status
    state:
      reader: Option<Reader>
      status: Status
    commands:
      Buy:
        for: new
        emit: Bought
      Lend:
        in:
          - on shelf
        fields:
          reader: Reader
        reject:
          NoCard: command.reader.cards.is_empty()
        emit: Lent
    events:
      Bought:
        create:
          reader: None
          status: Status::OnShelf
      Lent:
        to: lent
        fields:
          reader: Reader
        apply:
          - state.reader = Some(event.reader)
projections:
  Loans:
    key: BookId
    row:
      count: u32
      last: Option<Reader>
    index:
      - count
      - - last
        - count
    events:
      Bought:
        insert:
          count: 0
          last: None
      Lent:
        update:
          - row.count += 1
          - row.last = Some(event.reader)
";

const FLOW: &str = r#"# The same, in brackets and quotes.
{ domain: "library", "types": { BookId: 'Uuid', Status: [ "on\x20shelf", lent ], Reader: { name: String, cards: "Vec<u8>" } },
  aggregates: { Book: { doc: "A book, and who has it.", id: BookId, lifecycle: status,
    state: { reader: "Option<Reader>", status: Status },
    commands: {
      Buy: { for: new, emit: Bought },
      Lend: { in: [on shelf], fields: { reader: Reader }, reject: { NoCard: command.reader.cards.is_empty() }, emit: [Lent] } },
    events: {
      Bought: { create: { reader: None, status: "Status::OnShelf" } },
      Lent: { to: lent, fields: { reader: Reader }, apply: ["state.reader \u003d Some(event.reader)"] } } } },
  projections: { Loans: { key: BookId, row: { count: u32, last: "Option<Reader>" }, index: [ [count], [ 'last', count ] ],
    events: { Bought: { insert: { count: 0, last: None } }, Lent: { update: [ 'row.count += 1', "row.last = Some(event.reader)" ] } } } } }
"#;

#[test]
fn block_and_flow_plain_quoted_and_escaped_give_the_same_code() {
    let block = code(BLOCK);
    assert!(block.iter().any(|(name, _)| name == "book.rs"));
    assert!(block.iter().any(|(name, _)| name == "loans.rs"));
    assert_eq!(code(FLOW), block);
}

#[test]
fn line_ends_a_byte_order_mark_and_a_missing_last_line_end_give_the_same_code() {
    let expected = code(BLOCK);
    assert_eq!(code(&BLOCK.replace('\n', "\r\n")), expected);
    assert_eq!(code(&format!("\u{feff}{BLOCK}")), expected);
    assert_eq!(code(BLOCK.trim_end()), expected);
    assert_eq!(code(&format!("---\n{BLOCK}...\n")), expected);
}

#[test]
fn a_schema_of_real_size_gives_the_same_code_with_the_line_ends_of_windows() {
    let orders = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/orders/orders.yaml");
    let text = std::fs::read_to_string(orders).expect("the schema of the orders");
    assert_eq!(code(&text.replace('\n', "\r\n")), code(&text));
}

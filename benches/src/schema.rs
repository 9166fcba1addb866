//! A schema made by code: aggregates of a hundred events each, with fields and commands as people write them.

use std::fmt::Write;

/// How many events an aggregate has.
const EVENTS_OF_ONE: usize = 100;

const HEAD: &str = "domain: warehouse

types:
  Sku: String
  Money: { rust: Decimal, check: value.scale() <= 2 }
  Phase: [open, packed]
  Address: { street: String, city: String, zip: Option<String> }
  Line: { sku: Sku, quantity: u32, price: Money }
  Payment: { union: { Cash: {}, Card: { last4: String, holder: String } } }
";

/// A schema with so many events, and as many commands.
pub fn schema(events: usize) -> String {
    let aggregates = events.div_ceil(EVENTS_OF_ONE);
    let mut text = HEAD.to_owned();
    for aggregate in 0..aggregates {
        let _ = writeln!(text, "  Crate{aggregate}Id: Uuid");
    }
    text.push_str("\naggregates:\n");
    for index in 0..aggregates {
        aggregate(
            &mut text,
            index,
            EVENTS_OF_ONE.min(events - index * EVENTS_OF_ONE),
        );
    }
    text
}

fn aggregate(text: &mut String, index: usize, events: usize) {
    let _ = write!(
        text,
        "  Crate{index}:
    doc: What stands on shelf {index}.
    id: Crate{index}Id
    lifecycle: phase
    state:
      owner: String
      lines: Vec<Line>
      total: Money
      moves: u64
      seen: Option<Timestamp>
      phase: Phase
    commands:
      Open:
        for: new
        fields: {{ owner: String }}
        emit: Opened
"
    );
    (1..events).for_each(|event| command(text, event));
    text.push_str(
        "    events:
      Opened:
        fields: { owner: String }
        create: { lines: \"vec![]\", total: Money::ZERO, moves: 0, seen: None, phase: Phase::Open }
",
    );
    (1..events).for_each(|index| event(text, index));
}

/// Every fourth command is of the same kind.
fn command(text: &mut String, index: usize) {
    let body = match index % 4 {
        0 => {
            "        in: [open]
        fields: { line: Line }
        reject:
          NothingIn: command.line.quantity == 0
"
        }
        1 => {
            "        fields: { place: String, note: Option<String> }
"
        }
        2 => {
            "        in: [open, packed]
        fields: { payment: Payment }
"
        }
        _ => {
            "        fields: { to: Address, weight: u32, fragile: bool }
        reject:
          TooHeavy:
            when: command.weight > 30_000
            with: { limit: \"30_000_u32\" }
            message: a crate weighs at most {limit} grams
"
        }
    };
    let emitted = match index % 4 {
        0 | 2 => format!("        emit: Done{index}\n"),
        _ => format!("        emit:\n          Done{index}: {{ at: cx.now() }}\n"),
    };
    let _ = write!(text, "      Do{index}:\n{body}{emitted}");
}

fn event(text: &mut String, index: usize) {
    let body = match index % 4 {
        0 => {
            "        fields: { line: Line }
        apply:
          - state.total += event.line.price * event.line.quantity
          - state.lines.push(event.line)
"
        }
        1 => {
            "        tags: [place]
        fields: { place: String, note: Option<String>, at: Timestamp }
        apply:
          - state.moves += 1
          - state.seen = Some(event.at)
"
        }
        2 => {
            "        to: packed
        fields: { payment: Payment, total: Money }
"
        }
        _ => {
            "        fields: { to: Address, weight: u32, fragile: bool, at: Timestamp }
        apply: state.seen = Some(event.at)
"
        }
    };
    let _ = write!(text, "      Done{index}:\n{body}");
}

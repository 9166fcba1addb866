//! What becomes of leaves: cloned or moved, in parentheses or not, and otherwise as they are written.

#![allow(clippy::panic, reason = "tests say what they expect by unwrapping it")]

use es_codegen::{compile, source::Source};

/// The file of an aggregate whose command `Do` emits `Done` and `Seen`; checked to be Rust.
fn generated(emit: &str, reject: &str, apply: &str) -> String {
    let schema = format!(
        r#"
domain: rules
types:
  ThingId: Uuid
  Part: {{ name: String, size: u32 }}
  Whole: {{ part: Part, others: Vec<Part> }}
aggregates:
  Thing:
    id: ThingId
    state: {{ whole: Whole, label: String, size: u32 }}
    commands:
      Make: {{ for: new, fields: {{ whole: Whole, label: String }}, emit: Made }}
      Do:
        fields: {{ whole: Whole, text: String, count: u32 }}
        reject: {{ {reject} }}
        emit:
{emit}
    events:
      Made: {{ fields: {{ whole: Whole, label: String }}, create: {{ size: 0 }} }}
      Done: {{ fields: {{ name: String, part: Part, count: u32 }}, apply: [ {apply} ] }}
      Seen: {{ fields: {{ label: String, whole: Whole }}, apply: [] }}
"#
    );
    let Ok(source) = Source::from_text("rules.yaml", schema) else {
        panic!("a short schema")
    };
    let compiled = match compile(&source) {
        Ok(compiled) => compiled,
        Err(report) => panic!("{}", report.render(&source, Default::default())),
    };
    let text = compiled.generated.file("thing.rs").unwrap_or_default();
    assert!(syn::parse_file(text).is_ok(), "{text}");
    text.to_owned()
}

#[track_caller]
fn emits(emit: &str, expected: &[&str]) {
    holds(&generated(emit, "", ""), expected);
}

#[track_caller]
fn rejects(reject: &str, expected: &[&str]) {
    let emit = "          - Done: { name: command.text, part: command.whole.part }";
    holds(&generated(emit, reject, ""), expected);
}

#[track_caller]
fn applies(apply: &str, expected: &[&str]) {
    let emit = "          - Done: { name: command.text, part: command.whole.part }";
    holds(&generated(emit, "", apply), expected);
}

#[track_caller]
fn holds(text: &str, expected: &[&str]) {
    for line in expected {
        assert!(text.contains(line), "no `{line}` in\n{text}");
    }
}

#[test]
fn the_last_use_of_a_value_moves_it() {
    emits(
        "          - Done: { name: command.text, part: command.whole.part, count: 1 }",
        &["name: command.text,", "part: command.whole.part,"],
    );
}

#[test]
fn a_value_is_cloned_while_it_is_used_again() {
    emits(
        "          - Done: { name: command.text, part: command.whole.part }
          - Seen: { label: command.text }",
        &["name: command.text.clone(),", "label: command.text,"],
    );
}

#[test]
fn a_part_is_cloned_while_the_whole_is_used_again() {
    emits(
        "          - Done: { name: command.text, part: command.whole.part }
          - Seen",
        &["part: command.whole.part.clone(),", "whole: command.whole,"],
    );
}

#[test]
fn a_value_is_cloned_while_the_whole_command_is_used_again() {
    emits(
        "          - Done: { name: command.text, part: command.whole.part, count: 'sum(&command)' }",
        &[
            "name: command.text.clone(),",
            "part: command.whole.part.clone(),",
        ],
    );
}

#[test]
fn what_is_copy_is_never_cloned() {
    emits(
        "          - Done: { name: command.text, part: command.whole.part }
          - Done: { name: command.text, part: command.whole.part }",
        &["count: command.count,\n        };\n        let event_2"],
    );
}

#[test]
fn what_belongs_to_the_state_is_always_cloned() {
    emits(
        "          - Seen: { whole: state.whole }",
        &["whole: state.whole.clone(),"],
    );
    emits("          - Seen", &["label: self.label.clone(),"]);
}

#[test]
fn an_expression_stands_as_it_is_written() {
    emits(
        "          - Done: { name: 'format!( \"{}\",command.text )', part: command.whole.part }",
        &["name: format!( \"{}\",command.text ),"],
    );
}

#[test]
fn parentheses_around_a_condition_are_taken_away() {
    rejects("Bad: ((command.count > 3))", &["if command.count > 3 {"]);
    rejects(
        "Bad: (command.count > 3) || (command.count == 1)",
        &["if (command.count > 3) || (command.count == 1) {"],
    );
}

#[test]
fn a_struct_literal_in_a_condition_is_put_in_parentheses() {
    rejects(
        "Bad: 'command.whole.part == Part { name: String::new(), size: 0 }'",
        &[
            "if (command.whole.part == Part { name: String::new(), size: 0 }) {",
            "use super::types::{Part, ",
        ],
    );
}

#[test]
fn a_comment_swallows_nothing() {
    rejects(
        "Bad: 'command.count > 3 // too many'",
        &["if command.count > 3 // too many\n"],
    );
    applies(
        "'state.size += event.count // counted'",
        &["state.size += event.count // counted\n        ;"],
    );
}

#[test]
fn a_statement_is_ended_once() {
    applies(
        "'state.size += 1;', 'state.size += 2'",
        &["state.size += 1;\n        state.size += 2;\n    }"],
    );
    applies(
        "'if event.count > 0 { state.size += 1 }', 'let n = event.count;', 'state.size += n'",
        &["state.size += 1 }\n        let n = event.count;\n        state.size += n;"],
    );
}

#[test]
fn a_text_of_several_lines_keeps_its_line_ends() {
    let text = generated(
        "          - Done:
              part: command.whole.part
              name: |
                \"one
                  two\".to_owned()",
        "",
        "",
    );
    holds(&text, &[r#""one\n  two""#]);
}

#[test]
fn a_name_of_the_leaf_s_own_hides_what_is_in_scope() {
    applies(
        "'state.whole.others.retain(|event| event.size > 0)'",
        &[
            "fn apply(&mut self, event: events::Done)",
            "#[allow(unused_variables",
        ],
    );
}

#[test]
fn a_text_in_quotes_is_a_string_that_a_rejection_owns() {
    rejects(
        r##"Full: { when: command.count > 9, with: { why: '"abc"', raw: 'r#"a "b""#' }, message: "{why}: {raw}" }"##,
        &[
            r#"why: "abc".to_owned()"#,
            r##"raw: r#"a "b""#.to_owned()"##,
        ],
    );
}

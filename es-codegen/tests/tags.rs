//! What an event can be found by: tags are named as the field is stored, whatever it is called in Rust.

use es_codegen::{compile, source::Source};

fn attribute(fields: &str, tags: &str) -> String {
    let schema = format!(
        "
domain: notes
types: {{ NoteId: Uuid }}
aggregates:
  Note:
    id: NoteId
    state: {{}}
    commands:
      Write: {{ for: new, fields: {{ text: String }}, emit: {{ Written: {{ text: command.text }} }} }}
    events:
      Written:
        fields: {fields}
        tags: {tags}
        create: {{}}
"
    );
    let source = Source::from_text("notes.yaml", schema).expect("a short schema");
    let compiled = compile(&source).expect("a schema without mistakes");
    let file = compiled.generated.file("note.rs").expect("the aggregate");
    let line = file.lines().find(|line| line.contains("#[event("));
    line.expect("an event").trim().to_owned()
}

#[test]
fn a_tag_of_a_field_leaves_its_name_to_the_stored_one() {
    let plain = attribute("{ text: String }", "[text]");
    assert_eq!(plain, r#"#[event(name = "Written", tags(text))]"#);
    let renamed = attribute("{ text: { type: String, wire: words } }", "[text]");
    assert_eq!(renamed, plain);
}

#[test]
fn a_tag_with_a_name_of_its_own_keeps_it() {
    let named = attribute("{ text: String }", "{ first words: event.text.clone() }");
    assert_eq!(
        named,
        r#"#[event(name = "Written", tags("first words" = event.text.clone()))]"#
    );
}

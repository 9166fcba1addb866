//! Schemas that look hostile and are right: their code is Rust, and no text of theirs is anything else in it than text.

use crate::{
    beside,
    child::{refused, run},
};
use proc_macro2::{TokenStream, TokenTree};
use std::{collections::BTreeMap, fs, path::Path};

/// Generates, and gives each file by its name, having seen that it is Rust.
#[track_caller]
fn generated(schema: &str) -> BTreeMap<String, String> {
    let temp = tempfile::tempdir().unwrap();
    fs::write(temp.path().join("schema.yaml"), schema).unwrap();
    let answer = run(temp.path(), &["generate", "schema.yaml", "--out", "out"]);
    assert_eq!(answer.status, 0, "{schema}\n{}", answer.stderr);
    let files = fs::read_dir(temp.path().join("out")).unwrap().map(|entry| {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        if let Err(error) = syn::parse_file(&text) {
            panic!("{}: {error}\n{text}", path.display());
        }
        (name_of(&path), text)
    });
    files.collect()
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

#[test]
fn every_odd_schema_that_is_right_becomes_rust() {
    for entry in fs::read_dir(beside("accepted")).unwrap() {
        let schema = fs::read_to_string(entry.unwrap().path()).unwrap();
        assert!(generated(&schema).contains_key("mod.rs"));
    }
}

/// What would be something else than text, were it put into code as it is.
const ATTACKS: &[&str] = &[
    "}} fn main() {",
    "} } } fn injected() {} mod m { mod n {",
    "*/ fn injected() {} /*",
    "/* never closed",
    "// a comment",
    "\"; fn injected() {} //",
    "\"# fn injected() {} r#\"",
    "r#\"never closed",
    "\"##\"###",
    "\n#[derive(Injected)]",
    "\nfn injected() {}\n",
    "\r\nfn injected() {}\r\n",
    "\rfn injected() {}",
    "#![allow(warnings)]",
    "]\n#![no_std]",
    "'; fn injected() {} //",
    "\\\" \\",
    "\\u{202e}",
    "\u{202e}fn injected()",
    "\u{2028}fn injected() {}",
    "\u{85}fn injected() {}",
    "\u{0}",
    "\u{1b}[31m",
    "\u{200b}",
    "$crate $x",
    "{injected} {} {{",
    "include_str!(\"/etc/passwd\")",
    "[link](https://example.org) <script>alert(1)</script>",
    "``` ```rust fn injected() {} ```",
    "´ü漢字🏴\u{200d}☠️",
];

/// A text as a scalar in double quotes.
fn scalar(text: &str) -> String {
    let escaped = text.chars().map(|c| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_ascii_graphic() || c == ' ' => c.to_string(),
        c => format!("\\U{:08X}", u32::from(c)),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

/// A schema with a text at every place that takes one and becomes no Rust of the user's.
fn with_text(doc: &str, name: &str, message: &str, value: &str) -> String {
    format!(
        "domain: {name}
doc: {doc}
types:
  Id: Uuid
  Text: {{ rust: String, doc: {doc} }}
  Item: {{ doc: {doc}, fields: {{ text: {{ type: String, doc: {doc}, wire: {name} }} }} }}
  Status: {{ doc: {doc}, enum: [open, {{ {name}: {{ rust: Other, doc: {doc} }} }}] }}
  Choice: {{ doc: {doc}, union: {{ One: {{}}, {name}: {{ rust: Two, doc: {doc}, fields: {{ a: u8 }} }} }} }}
aggregates:
  {name}:
    rust: Thing
    doc: {doc}
    id: Id
    state: {{ text: String, status: Status }}
    commands:
      {name}:
        rust: Begin
        doc: {doc}
        for: new
        fields: {{ text: {{ type: String, doc: {doc}, wire: {name} }}, status: Status }}
        reject:
          {name}: {{ rust: Never, when: command.text.is_empty(), with: {{ limit: 7_u8 }}, message: {message} }}
        emit: {name}
    events:
      {name}:
        rust: Begun
        doc: {doc}
        fields: {{ text: {{ type: String, doc: {doc}, wire: {name} }}, status: Status }}
        create: {{}}
        tags: [{{ {name}: event.text.clone() }}]
    scenarios:
      it begins:
        doc: {doc}
        when: {{ {name}: {{ text: {value}, status: open }} }}
        then: [{{ {name}: {{ text: {value}, status: open }} }}]
        state: {{ text: {value} }}
"
    )
}

#[test]
fn no_text_becomes_code() {
    for attack in ATTACKS {
        let harmless = shapes(&generated(&everywhere(&harmless(attack))));
        for (name, shape) in shapes(&generated(&everywhere(attack))) {
            assert_eq!(shape, harmless[&name], "{attack:?} in {name}");
        }
    }
}

/// A schema with a text at every place that can have it.
fn everywhere(text: &str) -> String {
    // A stored name has no control characters, and braces mean something in a message.
    let name: String = text.chars().filter(|c| !c.is_control()).collect();
    let name = if name.trim().is_empty() {
        "a name"
    } else {
        &name
    };
    let message = text.replace('{', "{{").replace('}', "}}");
    with_text(
        &scalar(text),
        &scalar(name),
        &scalar(&message),
        &scalar(text),
    )
}

/// A text that takes up as much room in code, on which the layout depends.
fn harmless(text: &str) -> String {
    let plain = |c: char| match c {
        ' ' => " ".to_owned(),
        c => "+".repeat(c.escape_debug().count()),
    };
    text.chars().map(plain).collect()
}

#[test]
fn a_name_with_control_characters_is_no_name() {
    for attack in ATTACKS
        .iter()
        .filter(|attack| attack.contains(char::is_control))
    {
        let temp = tempfile::tempdir().unwrap();
        let schema = with_text("plain", &scalar(attack), "plain", "plain");
        fs::write(temp.path().join("schema.yaml"), schema).unwrap();
        let said = refused(temp.path(), "schema.yaml");
        assert!(said.contains("error[bad-name]"), "{attack:?}: {said}");
    }
}

/// The tokens of each file without what its literals say: documentation is literals too.
fn shapes(files: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let shape = |(name, text): (&String, &String)| {
        let file = syn::parse_file(text).unwrap();
        let docs_apart = without_docs(quote::ToTokens::to_token_stream(&file));
        (name.clone(), docs_apart)
    };
    files.iter().map(shape).collect()
}

/// The tokens as text: of literals only that there is one, of documentation nothing, since it may be of many lines.
fn without_docs(tokens: TokenStream) -> String {
    let mut text = String::new();
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while at < trees.len() {
        if let Some(length) = doc(&trees[at..]) {
            at += length;
            continue;
        }
        match &trees[at] {
            TokenTree::Group(group) => {
                // Whether a comma stands behind the last item depends on how wide the line is.
                let inner = without_docs(group.stream());
                let inner = inner.trim_end_matches(", ");
                text.push_str(&format!("{:?} {{ {inner} }} ", group.delimiter()));
            }
            TokenTree::Literal(_) => text.push_str("literal "),
            TokenTree::Ident(_) | TokenTree::Punct(_) => text.push_str(&format!("{} ", trees[at])),
        }
        at += 1;
    }
    text
}

/// How many tokens a doc attribute takes up that begins here.
fn doc(trees: &[TokenTree]) -> Option<usize> {
    let is = |at: usize, text: &str| trees.get(at).is_some_and(|tree| tree.to_string() == text);
    let at = match (is(0, "#"), is(1, "!")) {
        (true, true) => 2,
        (true, false) => 1,
        _ => return None,
    };
    match trees.get(at)? {
        TokenTree::Group(group) => group.to_string().starts_with("[doc =").then_some(at + 1),
        _ => None,
    }
}

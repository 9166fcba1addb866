//! The layout of schemas: what it does, and that it changes nothing else.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests say what they expect by unwrapping it"
)]

use es_codegen::{
    compile,
    fmt::{fmt, lay_out},
    source::Source,
};
use std::{
    fs,
    path::{Path, PathBuf},
};

fn laid_out(text: &str) -> String {
    let source = Source::from_text("test.yaml", text).unwrap();
    fmt(&source.files()[0])
        .unwrap_or_else(|report| panic!("{}", report.render(&source, Default::default())))
}

#[track_caller]
fn check(before: &str, after: &str) {
    assert_eq!(laid_out(before), after);
    assert_eq!(laid_out(after), after, "what is laid out stays as it is");
}

#[test]
fn blocks_are_indented_by_two_and_comments_with_them() {
    check(
        "\n\n# The domain.\ndomain:   d   \ntypes:\n    # About A.\n    A: u8 # so\n\n\n\n    B:\n        - one\n        # Two.\n        -   two\n        # Not three: left out.\n    # About C.\n    C: {  a:  u8 ,b: u8}\n    # At the end.\n# Really.\n\n",
        "# The domain.\ndomain: d\ntypes:\n  # About A.\n  A: u8 # so\n\n  B:\n    - one\n    # Two.\n    - two\n    # Not three: left out.\n  # About C.\n  C: { a: u8, b: u8 }\n  # At the end.\n# Really.\n",
    );
}

#[test]
fn sequences_stand_within_what_they_belong_to() {
    check(
        "a:\n- b:   1\n  c: 2\n-\n  - d\n  - - e\n    - f\n- # why\n  g: 3\n",
        "a:\n  - b: 1\n    c: 2\n  -\n    - d\n    - - e\n      - f\n  - # why\n    g: 3\n",
    );
}

#[test]
fn texts_of_several_lines_move_as_a_whole() {
    check(
        "a:\n    b: |\n        one\n          two  \n\n        # three\n    c: >-\n      folded\n      text\n    d: \"quoted\n      text\"\n    e: plain\n        text\n    f: last\n",
        "a:\n  b: |\n    one\n      two  \n\n    # three\n  c: >-\n    folded\n    text\n  d: \"quoted\n    text\"\n  e: plain\n      text\n  f: last\n",
    );
}

#[test]
fn a_text_of_several_lines_may_be_an_item() {
    check(
        "a:   b\nx:\n- |\n  if x\n    y\n-   >-   # why\n      folded\n      text\n- |\n\n  blank above\n- - |+\n    inner\n- b:   2\n",
        "a: b\nx:\n  - |\n    if x\n      y\n  - >-   # why\n    folded\n    text\n  - |\n\n    blank above\n  - - |+\n      inner\n  - b: 2\n",
    );
}

#[test]
fn a_text_that_says_how_far_it_is_indented_is_left_and_that_is_told() {
    for (text, is_left) in [
        ("x:\n- |4\n      if x\n- b:   2\n", true),
        ("x:\n- b:   2\n", false),
    ] {
        let source = Source::from_text("test.yaml", text).unwrap();
        let laid_out = lay_out(&source.files()[0]).unwrap();
        assert_eq!(
            (laid_out.is_left, laid_out.text == text),
            (is_left, is_left)
        );
    }
}

#[test]
fn braces_over_several_lines_keep_their_lines() {
    check(
        "a:\n    b: {   # why\n        c: 1,\n\n\n        # d\n        d: [1,2 , 3],\n    }\n    e: {}\n    f: { }\n    g: [ a ]\n",
        "a:\n  b: {   # why\n      c: 1,\n\n      # d\n      d: [1, 2, 3],\n  }\n  e: {}\n  f: {}\n  g: [ a ]\n",
    );
}

#[test]
fn line_ends_of_windows_become_those_of_unix() {
    check(
        "a: 1\r\nb:\r\n    c: |\r\n        d\r\n        e\r\n",
        "a: 1\nb:\n  c: |\n    d\n    e\n",
    );
}

#[test]
fn what_cannot_be_moved_without_a_change_stays() {
    // The blank lines at the end belong to the text.
    check("a: |+\n  b\n\n\n", "a: |+\n  b\n\n\n");
}

#[test]
fn what_is_not_yaml_is_reported() {
    let source = Source::from_text("test.yaml", "a: {\n").unwrap();
    assert_eq!(fmt(&source.files()[0]).unwrap_err().errors(), 1);
}

/// Every schema of the repository that is YAML, the broken ones among them.
fn schemas() -> Vec<PathBuf> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|end| end == "yaml") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    for folder in ["tests", "../examples", "../tests/golden"] {
        collect(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join(folder),
            &mut found,
        );
    }
    // Among the hostile ones are some that are no text at all.
    found.retain(|path| fs::read_to_string(path).is_ok());
    found.sort();
    assert!(found.len() > 100);
    found
}

/// What a schema becomes, or what is wrong with it, without places.
fn meaning(text: &str) -> Result<Vec<(String, String)>, Vec<String>> {
    let source = Source::from_text("test.yaml", text).unwrap();
    match compile(&source) {
        Ok(compiled) => {
            let files = compiled.generated.files();
            Ok(files
                .map(|(name, text)| (name.to_owned(), text.to_owned()))
                .collect())
        }
        Err(report) => {
            let found = report.diagnostics().iter();
            let mut found: Vec<String> = found.map(|found| found.message.clone()).collect();
            found.sort();
            Err(found)
        }
    }
}

#[test]
fn no_schema_says_anything_else_afterwards() {
    for path in schemas() {
        let text = fs::read_to_string(&path).unwrap();
        let source = Source::from_text("test.yaml", text.clone()).unwrap();
        let Ok(after) = fmt(&source.files()[0]) else {
            continue;
        };
        assert_eq!(meaning(&after), meaning(&text), "{}", path.display());
        assert_eq!(laid_out(&after), after, "{}", path.display());
    }
}

#[test]
fn however_far_it_was_indented_it_comes_out_the_same() {
    for path in schemas() {
        let text = fs::read_to_string(&path).unwrap();
        let source = Source::from_text("test.yaml", text.clone()).unwrap();
        let Ok(expected) = fmt(&source.files()[0]) else {
            continue;
        };
        // In a text spaces and blank lines would be a part of it; without a key, all of a schema is one.
        if expected.contains("|\n") || !expected.contains(": ") {
            continue;
        }
        let wider: String = expected
            .lines()
            .map(|line| {
                let content = line.trim_start_matches(' ');
                let indent = line.len() - content.len();
                format!("{}{content}  \n\n\n", " ".repeat(indent * 2))
            })
            .collect();
        let source = Source::from_text("test.yaml", wider.replace('\n', "\r\n")).unwrap();
        let dense = |text: &str| text.replace("\n\n", "\n");
        assert_eq!(
            dense(&fmt(&source.files()[0]).unwrap()),
            dense(&expected),
            "{}",
            path.display()
        );
    }
}

#[test]
fn every_schema_with_a_character_too_many_or_cut_off_is_answered() {
    let text = include_str!("schemas/order.yaml");
    for at in (0..text.len())
        .step_by(83)
        .filter(|at| text.is_char_boundary(*at))
    {
        for extra in [
            "", "\"", "? ", "- ", "- - ", ":", "# é\n", "{ ", "\n", "|\n", "é: ", "'",
        ] {
            for behind in [&text[at..], ""] {
                let changed = format!("{}{extra}{behind}", &text[..at]);
                let source = Source::from_text("order.yaml", changed.clone()).unwrap();
                let Ok(after) = fmt(&source.files()[0]) else {
                    continue;
                };
                assert_eq!(laid_out(&after), after, "{changed}");
            }
        }
    }
}

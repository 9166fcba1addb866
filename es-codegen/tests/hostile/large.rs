//! Schemas of five megabytes, or of little text that means much: built here, since they are too large to stand in files.

use crate::{child::refused, said};
use std::{fmt::Write as _, fs, sync::Mutex};

/// About the size that every shape is blown up to.
const SIZE: usize = 5 * 1024 * 1024;

/// So many pieces that the schema is just not too large to be read to its end.
const MANY: usize = 190_000;

const TYPES: &str = "domain: d\ntypes:\n";

const AGGREGATE: &str = "domain: d\ntypes: { Id: Uuid }\naggregates:\n  A:\n    id: Id\n";

/// All of a schema but the statements of an event.
const STATEMENTS: &str = "domain: d\ntypes: { Id: Uuid }\naggregates:\n  A:\n    id: Id\n    state: { n: u32 }\n    commands: { C: { for: new, emit: E }, D: { emit: F } }\n    events:\n      E: { create: { n: 0 } }\n      F:\n        apply:\n";

/// All of a schema but the projections.
const PROJECTIONS: &str = "domain: d\ntypes: { Id: Uuid }\naggregates:\n  A:\n    id: Id\n    state: {}\n    commands: { C: { for: new, emit: E } }\n    events: { E: { create: {} } }\nprojections:\n";

/// The same piece again and again.
fn filled(piece: &str) -> String {
    piece.repeat(SIZE / piece.len())
}

/// A piece for each number, as many as fill it up.
fn numbered(piece: impl Fn(usize) -> String) -> String {
    let mut text = String::with_capacity(SIZE);
    let mut number = 0;
    while text.len() < SIZE {
        text.push_str(&piece(number));
        number += 1;
    }
    text
}

/// A piece for each number below `count`.
fn pieces(count: usize, piece: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    (0..count).for_each(|number| text.push_str(&piece(number)));
    text
}

fn leaf(leaf: &str) -> String {
    format!("{STATEMENTS}          - '{leaf}'\n")
}

fn ty(ty: &str) -> String {
    format!("{TYPES}  A: '{ty}'\n")
}

/// One child at a time, since two on one core take longer for the same.
static ALONE: Mutex<()> = Mutex::new(());

/// Refuses each, and compares what is said of it.
fn all_refused(schemas: Vec<(&str, String)>) {
    let _alone = ALONE.lock();
    for (name, schema) in schemas {
        let temp = tempfile::tempdir().unwrap();
        fs::write(temp.path().join("schema.yaml"), schema).unwrap();
        said(
            "large",
            name,
            &ends_of(&refused(temp.path(), "schema.yaml")),
        );
    }
}

/// The beginning and the end of what was said, and how much there is in between.
fn ends_of(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    if lines.len() <= 24 {
        return text.to_owned();
    }
    let mut ends = lines[..14].join("\n");
    let _ = write!(ends, "\n… {} lines …\n", lines.len() - 20);
    ends + &lines[lines.len() - 6..].join("\n")
}

#[test]
#[cfg_attr(
    debug_assertions,
    ignore = "two seconds are promised of optimized builds"
)]
fn five_megabytes_of_one_thing_are_refused() {
    all_refused(vec![
        ("one-scalar", format!("domain: {}", filled("a"))),
        ("one-quoted-scalar", format!("domain: \"{}\"", filled("a"))),
        ("one-block-scalar", format!("domain: |\n  {}", filled("a"))),
        (
            "one-scalar-of-lines",
            format!("domain: a\n{}", filled("  b\n")),
        ),
        (
            "one-folded-scalar",
            format!("domain: >\n{}", filled("  b\n\n")),
        ),
        (
            "one-scalar-of-escapes",
            format!("domain: \"{}\"", filled("\\u0000")),
        ),
        (
            "one-scalar-of-backslashes",
            format!("domain: \"{}\"", filled("\\")),
        ),
        ("one-key", format!("{}: b", filled("a"))),
        ("one-type", ty(&filled("a"))),
        ("one-leaf", leaf(&filled("1 + "))),
        ("one-comment", filled("#")),
        ("spaces", filled(" ")),
        ("line-feeds", filled("\n")),
        ("carriage-returns", filled("\r")),
        ("tabs", filled("\t")),
        ("comments", filled("# c\n")),
        ("zeros", filled("\0")),
        ("turns", filled("\u{202e}")),
        ("commas", format!("[{}]", filled(","))),
        ("colons", filled(":")),
        ("single-quotes", filled("'")),
        ("double-quotes", filled("\"")),
        ("percents", filled("%a\n")),
        ("directives", filled("%YAML 1.2\n")),
        ("document-starts", filled("---\n")),
        ("document-ends", filled("...\n")),
        ("question-marks", filled("?\n")),
    ]);
}

#[test]
#[cfg_attr(
    debug_assertions,
    ignore = "two seconds are promised of optimized builds"
)]
fn what_is_nested_deeply_is_refused() {
    let count = 100_000;
    all_refused(vec![
        ("brackets", "[".repeat(count) + &"]".repeat(count)),
        ("open-brackets", "[".repeat(count)),
        ("braces", filled("{")),
        ("maps-in-braces", "{a: ".repeat(5_000) + &"}".repeat(5_000)),
        (
            "maps-by-indentation",
            pieces(5_000, |depth| " ".repeat(depth) + "a:\n"),
        ),
        ("sequences-by-dashes", filled("- ")),
        ("keys-of-keys", filled("? ")),
        (
            "parentheses-in-a-leaf",
            leaf(&format!(
                "state.n = {}1{}",
                "(".repeat(count),
                ")".repeat(count)
            )),
        ),
        (
            "parentheses-in-a-short-leaf",
            leaf(&format!(
                "state.n = {}1{}",
                "(".repeat(2_000),
                ")".repeat(2_000)
            )),
        ),
        (
            "minus-signs-in-a-leaf",
            leaf(&format!("state.n = {}1", "-".repeat(count))),
        ),
        (
            "minus-signs-in-a-short-leaf",
            leaf(&format!("state.n = {}1", "-".repeat(4_000))),
        ),
        ("closures-in-a-leaf", leaf(&"|a| ".repeat(1_000))),
        (
            "generics",
            ty(&format!("{}u8{}", "Vec<".repeat(count), ">".repeat(count))),
        ),
        (
            "generics-in-a-short-type",
            ty(&format!("{}u8{}", "Vec<".repeat(800), ">".repeat(800))),
        ),
        (
            "names-for-names",
            format!(
                "{TYPES}{}  T50000: u8\n",
                pieces(50_000, |n| format!("  T{n}: T{}\n", n + 1))
            ),
        ),
        (
            "values-that-contain-themselves",
            format!(
                "{TYPES}{}  T9999: T0\n",
                pieces(9_999, |n| format!("  T{n}: {{ a: T{} }}\n", n + 1))
            ),
        ),
    ]);
}

#[test]
#[cfg_attr(
    debug_assertions,
    ignore = "two seconds are promised of optimized builds"
)]
fn five_megabytes_of_many_things_are_refused() {
    all_refused(vec![
        ("keys", numbered(|n| format!("k{n}: v\n"))),
        ("keys-without-values", numbered(|n| format!("{n:x}:\n"))),
        (
            "keys-on-one-line",
            format!("{{{}}}", numbered(|n| format!("k{n}: v, "))),
        ),
        (
            "values-on-one-line",
            format!("{TYPES}  T: {{{}}}", numbered(|n| format!("a{n}: ,"))),
        ),
        ("one-key-again", filled("domain: d\n")),
        (
            "types",
            TYPES.to_owned() + &numbered(|n| format!("  T{n}: u8\n")),
        ),
        (
            "enums",
            TYPES.to_owned() + &numbered(|n| format!("  T{n}: [a]\n")),
        ),
        (
            "symbols",
            format!("{TYPES}  T: [{}]", numbered(|n| format!("a{n},"))),
        ),
        (
            "one-symbol-again",
            format!("{TYPES}  T:\n{}", filled("   - a\n")),
        ),
        (
            "fields",
            format!(
                "{AGGREGATE}    events: {{ E: {{ create: {{}} }} }}\n    state:\n{}",
                numbered(|n| format!("      f{n}: u32\n"))
            ),
        ),
        (
            "aggregates",
            "domain: d\ntypes: { Id: Uuid }\naggregates:\n".to_owned()
                + &numbered(|n| {
                    format!(
                        "  A{n}: {{ id: Id, state: {{}}, events: {{ E: {{ create: {{}} }} }} }}\n"
                    )
                }),
        ),
        (
            "events",
            format!(
                "{AGGREGATE}    state: {{}}\n    events:\n{}",
                numbered(|n| format!("      E{n}: {{ create: {{}} }}\n"))
            ),
        ),
        (
            "commands",
            format!(
                "{AGGREGATE}    state: {{}}\n    events: {{ E: {{ create: {{}} }} }}\n    commands:\n{}",
                numbered(|n| format!("      C{n}: {{ for: new, emit: E }}\n"))
            ),
        ),
        (
            "scenarios",
            format!(
                "{AGGREGATE}    state: {{}}\n    events: {{ E: {{ create: {{}} }} }}\n    commands: {{ C: {{ for: new, emit: E }} }}\n    scenarios:\n{}",
                numbered(|n| format!("      s{n}: {{ when: C, then: E }}\n"))
            ),
        ),
        (
            "statements",
            STATEMENTS.to_owned() + &filled("          - state.n += 1\n"),
        ),
        (
            "long-statements",
            STATEMENTS.to_owned()
                + &filled(&format!("          - state.n = {}1\n", "1+".repeat(2_000))),
        ),
        (
            "statements-that-mention",
            STATEMENTS.to_owned()
                + &filled(&format!("          - \"[{}]\"\n", "state.m,".repeat(500))),
        ),
        (
            "likes",
            format!(
                "{AGGREGATE}    state: {{}}\n    events:\n{}",
                numbered(|n| format!("      E{n}: {{ like: E{} }}\n", n + 1))
            ),
        ),
        (
            "projections",
            PROJECTIONS.to_owned()
                + &numbered(|n| {
                    format!("  P{n}: {{ key: Id, row: {{}}, events: {{ E: by hand }} }}\n")
                }),
        ),
        (
            "columns",
            format!(
                "{PROJECTIONS}  P:\n    key: Id\n    events: {{ E: by hand }}\n    row:\n{}",
                numbered(|n| format!("      c{n}: u8\n"))
            ),
        ),
        (
            "indexes",
            format!(
                "{PROJECTIONS}  P:\n    key: Id\n    events: {{ E: by hand }}\n    row: {{}}\n    index: [{}]\n",
                filled("id,")
            ),
        ),
        (
            "row-changes",
            format!(
                "{PROJECTIONS}  P:\n    key: Id\n    row: {{}}\n    events:\n      E:\n{}",
                filled("        - { at: { id: cx.id() }, update: [] }\n")
            ),
        ),
        (
            "tags",
            format!(
                "{AGGREGATE}    state: {{}}\n    events:\n      E: {{ create: {{}}, tags: [{}] }}\n",
                numbered(|n| format!("t{n},"))
            ),
        ),
    ]);
}

#[test]
#[cfg_attr(
    debug_assertions,
    ignore = "two seconds are promised of optimized builds"
)]
fn five_megabytes_of_mistakes_are_told_in_part() {
    all_refused(vec![
        (
            "mistakes-unknown-types",
            TYPES.to_owned() + &pieces(MANY, |n| format!("  T{n}: Strng{n}\n")),
        ),
        (
            "mistakes-one-unknown-type",
            TYPES.to_owned() + &pieces(MANY, |n| format!("  T{n}: x\n")),
        ),
        (
            "mistakes-long-similar-names",
            TYPES.to_owned()
                + &pieces(40_000, |n| {
                    format!("  Tabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij{n:07}: u8\n")
                })
                + &pieces(100, |n| {
                    format!("  X{n}: Tbacdefghijbacdefghijbacdefghijbacdefghijbacdefghij{n:07}\n")
                }),
        ),
        (
            "mistakes-unknown-fields",
            STATEMENTS.to_owned() + &filled("          - state.m += 1\n"),
        ),
        (
            "mistakes-open-brackets",
            STATEMENTS.to_owned() + &filled("          - state.n += (\n"),
        ),
        (
            "mistakes-open-brackets-on-one-line",
            format!("{TYPES}  T: {{{}}}", pieces(MANY, |n| format!("a{n}: (,"))),
        ),
        (
            "mistakes-split-leaves",
            format!("{TYPES}  T: {{ a: B<{} }}", ", x<".repeat(MANY)),
        ),
        (
            "mistakes-paths",
            TYPES.to_owned() + &numbered(|n| format!("  T{n}: '{}a'\n", "a::".repeat(1_300))),
        ),
        (
            "mistakes-tags",
            pieces(MANY, |n| format!("a{n}: !!str x\n")),
        ),
        (
            "mistakes-tags-on-one-line",
            format!("[{}]", "!!str a, ".repeat(MANY)),
        ),
        (
            "mistakes-aliases-on-one-line",
            format!("[{}]", "*a, ".repeat(MANY)),
        ),
        (
            "mistakes-anchors-on-one-line",
            format!("[{}]", "&a x, ".repeat(MANY)),
        ),
        ("mistakes-anchors-in-a-row", filled("&a ")),
        (
            "mistakes-quoting-at-the-end",
            TYPES.to_owned()
                + &pieces(MANY, |n| format!("  T{n}: u8\n"))
                + &pieces(60, |n| format!("  X{n}: @x\n")),
        ),
        (
            "mistakes-quoting-behind-comments",
            filled("# c\n") + TYPES + &pieces(60, |n| format!("  X{n}: @x\n")),
        ),
        (
            "mistakes-invisible",
            TYPES.to_owned() + &numbered(|n| format!("  T{n}\u{200b}: u8\n")),
        ),
        (
            "mistakes-unknown-events-of-projections",
            format!(
                "{AGGREGATE}    state: {{}}\n    events:\n{}projections:\n  P:\n    key: Id\n    row: {{}}\n    events:\n{}",
                pieces(40_000, |n| format!("      E{n}: {{ create: {{}} }}\n")),
                pieces(40_000, |n| format!("      A.F{n}: delete\n"))
            ),
        ),
        (
            "mistakes-rows-that-are-not-said",
            format!(
                "{PROJECTIONS}  P:\n    row: {{}}\n    key:\n{}    events:\n      E:\n{}",
                pieces(900, |n| format!("      k{n}: u8\n")),
                pieces(40_000, |_| "        - { update: [] }\n".to_owned())
            ),
        ),
        (
            "mistakes-unknown-events",
            format!(
                "{AGGREGATE}    state: {{}}\n    events:\n{}    commands:\n{}",
                pieces(40_000, |n| format!("      E{n}: {{ create: {{}} }}\n")),
                pieces(40_000, |n| format!("      C{n}: {{ emit: F{n} }}\n"))
            ),
        ),
    ]);
}

/// A text of n lines that means n² things: what a bomb of aliases is where there are aliases.
#[test]
#[cfg_attr(
    debug_assertions,
    ignore = "two seconds are promised of optimized builds"
)]
fn little_that_means_much_is_refused() {
    let fields = |count: usize, ty: &str| pieces(count, |n| format!("          f{n}: {ty}\n"));
    let event = format!(
        "      E:\n        create: {{}}\n        fields:\n{}",
        fields(900, "u32")
    );
    all_refused(vec![
        ("bomb-of-aliases", "a: &a [x, x]\n".to_owned() + &pieces(60, |n| format!("b{n}: &b{n} [*a, *a]\n"))),
        ("bomb-of-merge-keys", "a: &a { x: y }\n".to_owned() + &pieces(60, |n| format!("b{n}: &b{n} {{ <<: [*a, *a] }}\n"))),
        ("bomb-of-likes", format!("{AGGREGATE}    state: {{}}\n    events:\n{event}{}", pieces(20_000, |n| format!("      E{n}: {{ like: E }}\n")))),
        ("bomb-of-creates", format!("{AGGREGATE}    events:\n{}    state:\n{}", pieces(20_000, |n| format!("      E{n}: {{ create: {{}} }}\n")), fields(900, "u32"))),
        ("bomb-of-emits", format!("{AGGREGATE}    state: {{}}\n    events:\n{event}    commands:\n{}", pieces(20_000, |n| format!("      C{n}: {{ for: new, emit: E }}\n")))),
        ("bomb-of-inserts", format!("{AGGREGATE}    state: {{}}\n    events:\n{}projections:\n  P:\n    key: Id\n    events:\n{}    row:\n{}", pieces(10_000, |n| format!("      E{n}: {{ create: {{}} }}\n")), pieces(10_000, |n| format!("      E{n}: {{ insert: {{}} }}\n")), fields(900, "u32"))),
        ("bomb-of-keys", format!("{PROJECTIONS}  P:\n    row: {{}}\n    key:\n{}    events:\n      E:\n{}", fields(900, "u32"), pieces(20_000, |_| "        - { at: {}, delete: row }\n".to_owned()))),
        ("bomb-of-scenarios", format!("{AGGREGATE}    state: {{}}\n    events: {{ E: {{ create: {{}} }} }}\n    commands:\n      C:\n        for: new\n        emit: E\n        fields:\n{}    scenarios:\n{}", fields(900, "Option<u8>"), pieces(20_000, |n| format!("      s{n}: {{ when: {{ C: {{}} }}, then: E }}\n")))),
        ("bomb-of-missing-values", format!("{AGGREGATE}    state: {{}}\n    events: {{ E: {{ create: {{}} }} }}\n    commands:\n      C:\n        for: new\n        emit: E\n        fields:\n{}    scenarios:\n{}", fields(900, "u8"), pieces(20_000, |n| format!("      s{n}: {{ when: {{ C: {{}} }}, then: E }}\n")))),
        ("bomb-of-statuses", format!("{AGGREGATE}    lifecycle: s\n    state: {{ s: S }}\n    events: {{ E: {{ create: {{ s: 'S::A0' }} }}, F: {{ to: a1 }} }}\n    commands:\n{}", pieces(50_000, |n| format!("      C{n}: {{ in: [a{n}], emit: F }}\n"))).replace("{ Id: Uuid }", &format!("{{ Id: Uuid, S: [{}] }}", pieces(50_000, |n| format!("a{n},"))))),
        ("bomb-of-symbols", format!("{AGGREGATE}    state: {{}}\n    events: {{ E: {{ fields: {{ s: Vec<S> }}, create: {{}} }} }}\n    commands: {{ C: {{ for: new, fields: {{ s: Vec<S> }}, emit: E }} }}\n    scenarios: {{ x: {{ then: [], when: {{ C: {{ s: [{}] }} }} }} }}\n", pieces(50_000, |n| format!("a{n},"))).replace("{ Id: Uuid }", &format!("{{ Id: Uuid, S: [{}] }}", pieces(50_000, |n| format!("a{n},"))))),
        ("bomb-of-names-in-a-message", format!("{AGGREGATE}    state: {{ n: u8 }}\n    events: {{ E: {{ create: {{ n: '1' }} }}, F: {{ apply: [] }} }}\n    commands:\n      C:\n        emit: F\n        reject:\n          R:\n            when: state.n == 1\n            with:\n{}            message: \"{}\"\n", pieces(900, |n| format!("              f{n}: '1_u8'\n")), filled("{f899}"))),
    ]);
}

#[test]
#[cfg_attr(
    debug_assertions,
    ignore = "two seconds are promised of optimized builds"
)]
fn five_megabytes_of_mistakes_are_told_to_programs_in_part() {
    let temp = tempfile::tempdir().unwrap();
    let schema = format!("{TYPES}  T: {{{}}}", pieces(MANY, |n| format!("a{n}: (é,")));
    fs::write(temp.path().join("schema.yaml"), schema).unwrap();
    let answer = crate::child::run(temp.path(), &["check", "--format", "json", "schema.yaml"]);
    assert_eq!((answer.status, answer.stderr.as_str()), (1, ""));
    let lines: Vec<&str> = answer.stdout.lines().collect();
    assert_eq!(lines.len(), 10_001);
    said(
        "large",
        "mistakes-as-json",
        &[lines[0], lines[9_999], lines[10_000]].join("\n"),
    );
}

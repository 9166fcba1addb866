//! Stubs for the rules by hand: written once, only where a rule is missing, never into a file that is there.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests say what they expect by unwrapping it"
)]

use es_codegen::{Scaffold, ScaffoldError, compile, model::Model, source::Source};
use std::{fs, path::Path};
use tempfile::TempDir;

const SCHEMA: &str = "
domain: shop
types: { OrderId: Uuid }
aggregates:
  Order:
    id: OrderId
    state: { cancelled: bool }
    commands:
      Place: { for: new, emit: Placed }
      Cancel:
        handle: by hand
        fields: { reason: String }
        reject: [TooLate]
        emits: [Cancelled]
      Touch: { for: any, handle: by hand, emits: [Cancelled] }
      Import: { for: new, handle: by hand, emits: [Imported] }
    events:
      Placed: { create: { cancelled: false } }
      Imported: { create: by hand }
      Cancelled: { fields: { reason: String }, apply: by hand }
";

const EVERY_RULE: [&str; 5] = [
    "impl Handle<commands::Cancel> for Order",
    "impl HandleAny<commands::Touch> for Order",
    "impl HandleNew<commands::Import> for Order",
    "impl Create<events::Imported> for Order",
    "impl Apply<events::Cancelled> for Order",
];

fn model() -> Model {
    let source = Source::from_text("shop.yaml", SCHEMA).unwrap();
    compile(&source)
        .unwrap_or_else(|report| panic!("{}", report.render(&source, Default::default())))
        .model
}

/// A package with these files in its `src`.
fn package(files: &[(&str, &str)]) -> TempDir {
    let temp = tempfile::tempdir().unwrap();
    fs::create_dir(temp.path().join("src")).unwrap();
    for (name, text) in files {
        let path = temp.path().join("src").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    temp
}

fn scaffold(package: &TempDir) -> Scaffold {
    Scaffold::of(&model(), &package.path().join("src/generated")).unwrap()
}

fn file(package: &TempDir) -> String {
    fs::read_to_string(package.path().join("src/order_by_hand.rs")).unwrap()
}

/// Whether a package whose `src` holds this beside the other rules lacks the handler of `Cancel`.
#[track_caller]
fn check(text: &str, lacks_it: bool) {
    let others = EVERY_RULE[1..].iter().map(|rule| format!("{rule} {{}}\n"));
    let package = package(&[("rules.rs", &(others.collect::<String>() + text))]);
    let scaffold = scaffold(&package);
    let rules: usize = scaffold.files.iter().map(|file| file.rules).sum();
    assert_eq!(rules, usize::from(lacks_it), "{scaffold:?}");
}

#[test]
fn what_is_missing_is_written_into_a_file_beside_the_generated_code() {
    let package = package(&[]);
    let missing = scaffold(&package);
    assert_eq!(missing.undeclared, ["order_by_hand"]);
    missing.write().unwrap();
    let text = file(&package);
    for rule in EVERY_RULE {
        assert!(text.contains(rule), "{rule}\n{text}");
    }
    assert!(text.contains("// Err(OrderError::TooLate)\n"), "{text}");
    assert!(syn::parse_file(&text).is_ok());
    let again = scaffold(&package);
    assert!(again.files.is_empty(), "{again:?}");
}

#[test]
fn only_what_is_missing_is_written() {
    let package = package(&[("main.rs", "impl Apply<events::Cancelled> for Order {}")]);
    let missing = scaffold(&package);
    assert_eq!(missing.files[0].rules, 4);
    missing.write().unwrap();
    assert!(!file(&package).contains("impl Apply"));
}

#[test]
fn a_file_that_is_there_is_not_changed_and_the_stubs_are_handed_back() {
    let mine = format!("{} {{}}\n", EVERY_RULE[0]);
    let package = package(&[("order_by_hand.rs", &mine)]);
    let missing = scaffold(&package);
    missing.write().unwrap();
    assert_eq!(file(&package), mine);
    let stubs = &missing.files[0];
    assert!(stubs.exists);
    assert_eq!(stubs.rules, 4);
    // It can be put behind the last line as it is: no imports that could be there twice, nothing that belongs on top.
    assert!(!stubs.text.contains("use ") && !stubs.text.contains("//!"));
    let whole = mine + &stubs.text;
    fs::write(package.path().join("src/order_by_hand.rs"), whole).unwrap();
    assert!(scaffold(&package).files.is_empty());
}

#[test]
fn a_module_that_is_declared_is_not_asked_for() {
    let package = package(&[("lib.rs", "mod generated;\nmod order_by_hand;\n")]);
    let missing = scaffold(&package);
    assert!(missing.undeclared.is_empty());
    assert_eq!(missing.root, Some(package.path().join("src/lib.rs")));
}

#[test]
fn a_module_is_asked_for_until_it_is_declared() {
    let package = package(&[]);
    scaffold(&package).write().unwrap();
    assert_eq!(scaffold(&package).undeclared, ["order_by_hand"]);
}

#[test]
fn a_rule_is_found_however_it_is_written() {
    for text in [
        "impl Handle<commands::Cancel> for Order {}",
        "impl es_runtime::Handle<crate::generated::order::commands::Cancel> for crate::generated::Order {}",
        "use commands::Cancel as Stop; impl Handle<Stop> for Order {}",
        "use generated::Order as Purchase; impl Handle<Cancel> for Purchase {}",
        "use es_runtime::{Handle as Decide}; impl Decide<Cancel> for Order {}",
        "type C = commands::Cancel; type D = C; impl Handle<D> for Order {}",
        "impl<C: Command> Handle<C> for Order {}",
        "mod inner { mod deeper { impl Handle<Cancel> for Order {} } }",
        "fn main() { impl Handle<Cancel> for Order {} }",
        "decided_by_policy! { Order: Cancel, Place }",
        "type A = B; type B = A; impl Handle<Cancel> for Order {} impl Handle<A> for Order {}",
        "impl r#Handle<r#Cancel> for r#Order {}",
    ] {
        check(text, false);
    }
}

#[test]
fn what_only_looks_like_a_rule_is_none() {
    for text in [
        "",
        "// impl Handle<commands::Cancel> for Order {}",
        "impl HandleNew<commands::Cancel> for Order {}",
        "impl Handle<commands::Cancel> for Basket {}",
        "impl Handle<commands::Place> for Order {}",
        "macro_rules! rule { ($c:ident) => { impl Handle<Cancel> for Order {} } }",
        "fn f() { println!(\"{:?}\", Cancel {}); }",
        "impl Order { fn handle(_: Cancel) {} }",
        "impl Handle for Order {}",
    ] {
        check(text, true);
    }
}

#[test]
fn what_is_generated_is_not_searched_and_neither_is_what_is_not_rust() {
    let rules = EVERY_RULE.map(|rule| format!("{rule} {{}}\n")).concat();
    let package = package(&[
        ("generated/order.rs", "not Rust at all"),
        ("generated/rules.rs", &rules),
        ("notes.txt", &rules),
    ]);
    assert_eq!(scaffold(&package).files[0].rules, 5);
}

#[test]
fn rules_in_folders_are_found() {
    let rules = EVERY_RULE.map(|rule| format!("{rule} {{}}\n")).concat();
    let package = package(&[("domain/rules/order.rs", &rules)]);
    assert!(scaffold(&package).files.is_empty());
}

#[cfg(unix)]
#[test]
fn links_that_lead_in_a_circle_are_not_followed() {
    let package = package(&[("main.rs", "")]);
    let src = package.path().join("src");
    std::os::unix::fs::symlink(&src, src.join("circle")).unwrap();
    assert_eq!(scaffold(&package).files[0].rules, 5);
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link_that_leads_nowhere() {
    let package = package(&[]);
    let elsewhere = package.path().join("elsewhere.rs");
    let link = package.path().join("src/order_by_hand.rs");
    std::os::unix::fs::symlink(&elsewhere, link).unwrap();
    let error = Scaffold::of(&model(), &package.path().join("src/generated")).unwrap_err();
    assert!(matches!(error, ScaffoldError::Io { .. }), "{error}");
    assert!(!elsewhere.exists());
}

#[track_caller]
fn fails(folder: &Path, message: &str) -> ScaffoldError {
    let error = Scaffold::of(&model(), folder).unwrap_err();
    assert_eq!(error.to_string(), message);
    error
}

#[test]
fn a_file_that_is_not_rust_is_told_with_its_line() {
    let package = package(&[("main.rs", "fn main() {}\nimpl Handle for {}\n")]);
    let src = package.path().join("src");
    let main = src.join("main.rs");
    fails(
        &src.join("generated"),
        &format!(
            "cannot look for rules by hand in `{}`, line 2",
            main.display()
        ),
    );
}

#[test]
fn where_rules_cannot_be_placed_that_is_told() {
    let temp = tempfile::tempdir().unwrap();
    let (no_src, no_module) = (
        temp.path().join("domain"),
        temp.path().join("src/my-domain"),
    );
    fails(
        &no_src,
        &format!(
            "rules by hand belong into the `src` of a package, and `{}` is in none",
            no_src.display()
        ),
    );
    fails(
        &no_module,
        &format!(
            "rules by hand use the generated module, and `{}` has not the name of one",
            no_module.display()
        ),
    );
}

#[test]
fn names_of_the_domain_that_stubs_use_too_do_not_collide() {
    let schema = SCHEMA
        .replace("Order:", "Emit:")
        .replace("OrderId", "Result");
    let source = Source::from_text("shop.yaml", schema).unwrap();
    let Ok(compiled) = compile(&source) else {
        panic!("a schema without mistakes")
    };
    let package = package(&[]);
    let folder = package.path().join("src/generated");
    let scaffold = Scaffold::of(&compiled.model, &folder).unwrap();
    let text = &scaffold.files[0].text;
    assert!(
        text.contains("use super::generated::{Emit, EmitError};"),
        "{text}"
    );
    assert!(
        text.contains("::std::result::Result<es_runtime::Emit<commands::Cancel>, EmitError>"),
        "{text}"
    );
}

const ROWS: &str = "
projections:
  Summary:
    key: OrderId
    row: { reason: Option<String> }
    events:
      Placed: { insert: by hand }
      Imported: by hand
      Cancelled: { update: by hand }
";

const EVERY_RULE_OF_ROWS: [&str; 3] = [
    "impl Insert<order::events::Placed> for Summary",
    "impl ProjectRows<order::events::Imported> for Summary",
    "impl Project<order::events::Cancelled> for Summary",
];

/// What a package lacks for the rows of a schema, the rules of its aggregate being there.
fn scaffold_rows(schema: &str, files: &[(&str, &str)]) -> (TempDir, Scaffold) {
    let rules = EVERY_RULE.map(|rule| format!("{rule} {{}}\n")).concat();
    let mut files = files.to_vec();
    files.push(("rules.rs", &rules));
    let package = package(&files);
    let source = Source::from_text("shop.yaml", schema).unwrap();
    let compiled = compile(&source)
        .unwrap_or_else(|report| panic!("{}", report.render(&source, Default::default())));
    let folder = package.path().join("src/generated");
    let scaffold = Scaffold::of(&compiled.model, &folder).unwrap();
    (package, scaffold)
}

#[test]
fn the_rules_of_rows_have_a_file_of_their_own() {
    let (package, missing) = scaffold_rows(&(SCHEMA.to_owned() + ROWS), &[]);
    assert_eq!(missing.undeclared, ["summary_by_hand"]);
    missing.write().unwrap();
    let text = fs::read_to_string(package.path().join("src/summary_by_hand.rs")).unwrap();
    assert!(syn::parse_file(&text).is_ok(), "{text}");
    insta::assert_snapshot!(text, @r#"
    //! The rules of `Summary` that the schema leaves to Rust.

    use super::generated::{Summary, order};
    use es_runtime::{EventContext, Insert, Project, ProjectRows, Projection, RowError, Rows};

    impl Insert<order::events::Placed> for Summary {
        fn insert(
            _key: <Self as Projection>::Key,
            _event: order::events::Placed,
            _cx: &EventContext<'_>,
        ) -> Self {
            todo!("make the row that `Placed` begins with")
        }
    }

    impl ProjectRows<order::events::Imported> for Summary {
        fn project_rows(
            _rows: &mut Rows<'_, Self>,
            _event: order::events::Imported,
            _cx: &EventContext<'_>,
        ) -> Result<(), RowError> {
            todo!("change the rows as `Imported` says")
        }
    }

    impl Project<order::events::Cancelled> for Summary {
        fn project(&mut self, _event: order::events::Cancelled, _cx: &EventContext<'_>) {
            todo!("change the row as `Cancelled` says")
        }
    }
    "#);
}

#[test]
fn stubs_of_rows_that_are_handed_back_need_no_imports() {
    let mine = format!("{} {{}}\n", EVERY_RULE_OF_ROWS[0]);
    let (_, missing) = scaffold_rows(
        &(SCHEMA.to_owned() + ROWS),
        &[("summary_by_hand.rs", &mine)],
    );
    let stubs = &missing.files[0];
    assert!(stubs.exists);
    assert_eq!(stubs.rules, 2);
    assert!(syn::parse_file(&stubs.text).is_ok(), "{}", stubs.text);
    insta::assert_snapshot!(stubs.text, @r#"
    impl es_runtime::ProjectRows<super::generated::order::events::Imported> for super::generated::Summary {
        fn project_rows(
            _rows: &mut es_runtime::Rows<'_, Self>,
            _event: super::generated::order::events::Imported,
            _cx: &es_runtime::EventContext<'_>,
        ) -> Result<(), es_runtime::RowError> {
            todo!("change the rows as `Imported` says")
        }
    }

    impl es_runtime::Project<super::generated::order::events::Cancelled> for super::generated::Summary {
        fn project(
            &mut self,
            _event: super::generated::order::events::Cancelled,
            _cx: &es_runtime::EventContext<'_>,
        ) {
            todo!("change the row as `Cancelled` says")
        }
    }
    "#);
}

#[test]
fn rules_of_rows_that_are_there_are_found() {
    let rules = EVERY_RULE_OF_ROWS
        .map(|rule| format!("{rule} {{}}\n"))
        .concat();
    let (_, missing) = scaffold_rows(&(SCHEMA.to_owned() + ROWS), &[("rows.rs", &rules)]);
    assert!(missing.files.is_empty(), "{missing:?}");
}

#[test]
fn rows_that_are_called_like_what_stubs_use_do_not_collide() {
    let schema = SCHEMA.to_owned() + &ROWS.replace("Summary", "Projection");
    let (_, missing) = scaffold_rows(&schema, &[]);
    let text = &missing.files[0].text;
    assert!(
        text.contains("_key: <Self as es_runtime::Projection>::Key"),
        "{text}"
    );
}

#[test]
fn changes_by_hand_have_a_file_of_their_own() {
    let schema = "
domain: shop
types:
  OrderId: Uuid
  Iban: { fields: { text: String }, changes: [ { by hand: { country: String } } ] }
aggregates:
  Order:
    id: OrderId
    state: { iban: Iban }
    commands:
      Place: { for: new, fields: { iban: Iban }, emit: { Placed: { note: None } } }
    events:
      Placed:
        fields: { iban: Iban, note: Option<String> }
        create: {}
        changes:
          - follows: Iban
          - by hand: { code: String, iban: Iban }
          - { retype: { note: { from: u32, with: by hand } } }
";
    let source = Source::from_text("shop.yaml", schema).unwrap();
    let model = compile(&source)
        .unwrap_or_else(|report| panic!("{}", report.render(&source, Default::default())))
        .model;
    let package = package(&[(
        "lib.rs",
        "impl Upcast<PlacedV2> for PlacedV3 {}\nmod generated;\n",
    )]);
    let folder = package.path().join("src/generated");
    let scaffold = Scaffold::of(&model, &folder).unwrap();
    let [file] = scaffold.files.as_slice() else {
        panic!("{scaffold:?}")
    };
    assert!(file.path.ends_with("src/history_by_hand.rs"));
    assert_eq!(file.rules, 2);
    assert_eq!(scaffold.undeclared, ["history_by_hand"]);
    insta::assert_snapshot!(file.text, @r#"
    //! The changes of stored shapes that the schema leaves to Rust.

    use super::generated::{history, order, types};
    use es_runtime::{EventContext, Upcast};

    impl Upcast<history::types::IbanV1> for types::Iban {
        fn upcast(_event: history::types::IbanV1, _cx: &EventContext<'_>) -> Self {
            todo!("say what a stored `IbanV1` is as `Iban`")
        }
    }

    impl Upcast<history::order::PlacedV3> for order::events::Placed {
        fn upcast(_event: history::order::PlacedV3, _cx: &EventContext<'_>) -> Self {
            todo!("say what a stored `PlacedV3` is as `Placed`")
        }
    }
    "#);
    assert_eq!(
        Scaffold::of(&model, &folder).unwrap().files[0].text,
        file.text
    );
    scaffold.write().unwrap();
    let again = Scaffold::of(&model, &folder).unwrap();
    assert!(again.files.is_empty(), "{again:?}");
}

//! `mod.rs`: the modules of the domain, and its types under one roof.

use super::{docs, module::Module};
use crate::{
    model::{Aggregate, Model},
    names::{Case, RustName},
};

/// What `cargo` warns of in code that a person could change, and here nobody can.
const ALLOWED: &str = r#"#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::box_collection,
    clippy::enum_variant_names,
    clippy::large_enum_variant,
    clippy::type_complexity,
    clippy::vec_box,
    reason = "the schema decides what there is and what it is called"
)]
"#;

/// The text of `mod.rs`.
///
/// It is the one file that rustfmt looks at, because only here can it be told to leave the others alone; so it is
/// written as rustfmt writes it.
pub(super) fn root(model: &Model) -> String {
    let mut modules: Vec<_> = model.aggregates.iter().map(module_name).collect();
    modules.sort();
    let mut file = Module::file(&about(model));
    file.text(ALLOWED);
    for module in &modules {
        file.text(&declaration(module.as_str()));
    }
    if !model.types.is_empty() {
        file.text(&declaration("types"));
    }
    let mut names: Vec<_> = model.aggregates.iter().map(re_export).collect();
    names.sort();
    if !model.types.is_empty() {
        names.push("pub use self::types::*;\n".to_owned());
    }
    for name in names {
        file.text(&format!(
            "#[allow(unused_imports, reason = \"an application need not name all of them\")]\n{name}"
        ));
    }
    file.finish()
}

/// The module that an aggregate has to itself; it is also the name of its file.
pub(super) fn module_name(aggregate: &Aggregate) -> RustName {
    let name = aggregate.name.rust.plain();
    let taken = |name: &RustName| matches!(name.plain(), "types" | "mod");
    RustName::derive(name, Case::Snake)
        .filter(|name| !taken(name))
        .or_else(|| RustName::given(&format!("{}_", docs::words(name).replace(' ', "_"))))
        .unwrap_or_else(|| aggregate.name.rust.clone())
}

fn about(model: &Model) -> Vec<String> {
    let mut about = vec![format!("The domain {}.", docs::code(&model.domain.value))];
    if let Some(doc) = &model.doc {
        about.push(String::new());
        about.extend(doc.trim().lines().map(|line| line.trim_end().to_owned()));
    }
    about
}

fn declaration(module: &str) -> String {
    format!("#[rustfmt::skip]\npub mod {module};\n")
}

/// `pub use` of an aggregate and of what is named after it, wrapped as rustfmt does.
fn re_export(aggregate: &Aggregate) -> String {
    const WIDTH: usize = 100;
    let module = module_name(aggregate);
    let name = aggregate.name.rust.plain();
    let names = ["", "Command", "Error", "Event"].map(|suffix| format!("{name}{suffix}"));
    let line = format!("pub use self::{module}::{{{}}};\n", names.join(", "));
    if line.chars().count() <= WIDTH + 1 {
        return line;
    }
    let mut rows = vec![String::new()];
    for name in names {
        let row = rows.last().map_or(0, |row| row.chars().count());
        if row > 0 && 4 + row + 1 + name.chars().count() + 1 > WIDTH {
            rows.push(String::new());
        }
        if let Some(row) = rows.last_mut() {
            if !row.is_empty() {
                row.push(' ');
            }
            row.push_str(&name);
            row.push(',');
        }
    }
    format!(
        "pub use self::{module}::{{\n    {}\n}};\n",
        rows.join("\n    ")
    )
}

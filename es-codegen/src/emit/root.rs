//! `mod.rs`: the modules of the domain, and its types under one roof.

use super::{docs, history::has_history, text::Text};
use crate::{
    model::{Aggregate, Model, Projection},
    names::RustName,
};
use std::iter;

/// What is warned of in code that a person could change, and that nobody can change here.
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
)]"#;

/// The text of `mod.rs`.
///
/// It is the one file that rustfmt looks at, because only here can it be told to leave the others alone; so it is
/// written exactly as rustfmt writes it.
pub(super) fn root(model: &Model) -> String {
    let aggregates = model.aggregates.iter().map(Aggregate::module);
    let projections = model.projections.iter().map(Projection::module);
    let mut modules: Vec<_> = aggregates.chain(projections).collect();
    modules.sort();
    let has_types = !model.types.is_empty();
    let has_history = has_history(model);
    let mut file = Text::file(&about(model));
    file.item();
    file.line(ALLOWED);
    for module in modules
        .iter()
        .map(RustName::as_str)
        .chain(has_history.then_some("history"))
        .chain(has_types.then_some("types"))
    {
        file.item();
        file.line("#[rustfmt::skip]");
        file.line(&format!("pub mod {module};"));
    }
    for aggregate in &model.aggregates {
        let name = &aggregate.name.rust;
        let derived =
            ["Command", "Error", "Event"].map(|suffix| format!("{}{suffix}", name.plain()));
        let names: Vec<String> = iter::once(name.to_string()).chain(derived).collect();
        re_export(&mut file);
        file.row(
            &format!("pub use self::{}::{{", aggregate.module()),
            &names,
            "};",
        );
    }
    for projection in &model.projections {
        re_export(&mut file);
        let (module, name) = (projection.module(), &projection.name.rust);
        file.line(&format!("pub use self::{module}::{name};"));
    }
    if has_types {
        re_export(&mut file);
        file.line("pub use self::types::*;");
    }
    file.finish()
}

fn about(model: &Model) -> String {
    let name = docs::code(&model.domain.value);
    match &model.doc {
        Some(doc) => format!("The domain {name}.\n\n{doc}"),
        None => format!("The domain {name}."),
    }
}

fn re_export(file: &mut Text) {
    file.item();
    file.line("#[allow(unused_imports, reason = \"an application need not name all of them\")]");
}

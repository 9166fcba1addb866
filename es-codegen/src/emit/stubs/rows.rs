//! Stubs of the rules of projections that a schema leaves to Rust.

use super::{import, open_end};
use crate::{
    emit::{
        docs,
        scope::{Domain, Scope},
        text::Text,
    },
    model::{Aggregate, Change, Event, Model, Projection, RowRule, Update},
    names::RustName,
};

/// A rule of a projection that is by hand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowsByHand<'m> {
    aggregate: &'m Aggregate,
    event: &'m Event,
    what: What,
}

/// What is left to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    /// The row that an event makes.
    Insert,
    /// What an event changes in a row.
    Project,
    /// All that an event does to rows.
    Rows,
}

impl<'m> RowsByHand<'m> {
    /// Every rule of a projection that is by hand, in the order of the schema.
    pub(crate) fn of(model: &'m Model, projection: &'m Projection) -> impl Iterator<Item = Self> {
        projection.events.iter().filter_map(|projected| {
            let what = match &projected.rule {
                RowRule::ByHand => What::Rows,
                RowRule::One(change) => match &change.change {
                    Change::InsertByHand => What::Insert,
                    Change::Update(Update::ByHand) | Change::Upsert(_, Update::ByHand) => {
                        What::Project
                    }
                    _ => return None,
                },
                RowRule::Several(_) | RowRule::Mistaken => return None,
            };
            Some(Self {
                aggregate: &model.aggregates[projected.aggregate.0],
                event: model.projected(projected),
                what,
            })
        })
    }

    /// The trait that has to be implemented.
    pub(crate) fn role(self) -> &'static str {
        match self.what {
            What::Insert => "Insert",
            What::Project => "Project",
            What::Rows => "ProjectRows",
        }
    }

    /// The Rust name of the event that it has to be implemented for, without `r#`.
    pub(crate) fn subject(self) -> &'m str {
        self.event.name.rust.plain()
    }

    /// ``impl Insert<order::events::OrderPlaced> for OrderSummary``, in code quotes.
    pub(in crate::emit) fn shown(self, projection: &Projection) -> String {
        let (role, this) = (self.role(), &projection.name.rust);
        docs::code(&format!("impl {role}<{}> for {this}", self.path()))
    }

    /// The event, seen from where its aggregate's module is in scope.
    fn path(self) -> String {
        format!(
            "{}::events::{}",
            self.aggregate.module(),
            self.event.name.rust
        )
    }
}

/// A file with stubs of these rules, for a module that stands beside the one called `generated`.
pub(crate) fn file(
    model: &Model,
    projection: &Projection,
    rules: &[RowsByHand<'_>],
    generated: &RustName,
) -> String {
    let domain = Domain::new(model);
    let stubs = Stubs {
        projection,
        scope: Scope::new(&domain, 1, [projection.name.rust.to_string()]),
        root: String::new(),
    };
    let body = stubs.text(rules);

    let mut file = Text::file(&format!(
        "The rules of {} that the schema leaves to Rust.",
        docs::code(&projection.name.stored)
    ));
    let mut names: Vec<String> = rules
        .iter()
        .map(|rule| rule.aggregate.module().to_string())
        .collect();
    names.sort();
    names.dedup();
    names.insert(0, projection.name.rust.to_string());
    let names: Vec<_> = names.iter().map(|name| (name.as_str(), true)).collect();
    file.item();
    import(&mut file, &format!("super::{generated}"), &names);
    stubs.scope.continue_imports(&mut file);
    file.item();
    file.append(&body);
    file.finish()
}

/// The stubs alone, with every name in full, so that they can stand in a file whose imports are not known.
pub(crate) fn text(
    model: &Model,
    projection: &Projection,
    rules: &[RowsByHand<'_>],
    generated: &RustName,
) -> String {
    let domain = Domain::new(model);
    let stubs = Stubs {
        projection,
        // Names that are taken are written in full.
        scope: Scope::new(&domain, 1, RUNTIME.map(str::to_owned)),
        root: format!("super::{generated}::"),
    };
    stubs.text(rules)
}

/// Everything of es-runtime that a stub names.
const RUNTIME: [&str; 7] = [
    "EventContext",
    "Insert",
    "Project",
    "ProjectRows",
    "Projection",
    "RowError",
    "Rows",
];

/// Stubs in the making.
struct Stubs<'s, 'm> {
    projection: &'s Projection,
    scope: Scope<'m>,
    /// What stands before the names of the domain.
    root: String,
}

impl Stubs<'_, '_> {
    fn text(&self, rules: &[RowsByHand<'_>]) -> String {
        let mut text = Text::new(0);
        for rule in rules {
            self.stub(&mut text, *rule);
        }
        text.finish()
    }

    fn stub(&self, text: &mut Text, rule: RowsByHand<'_>) {
        let scope = &self.scope;
        let (role, this) = (scope.runtime(rule.role()), &self.projection.name.rust);
        let name = format!("{}{}", self.root, rule.path());
        text.item();
        text.open(&format!("impl {role}<{name}> for {}{this} {{", self.root));
        let event = format!("_event: {name}");
        let context = format!("_cx: &{}<'_>", scope.runtime("EventContext"));
        let said = rule.subject();
        let open = match rule.what {
            What::Insert => {
                let key = format!("_key: <Self as {}>::Key", scope.runtime("Projection"));
                text.column("fn insert(", &[key, event, context], ") -> Self {");
                format!("make the row that `{said}` begins with")
            }
            What::Project => {
                let this = "&mut self".to_owned();
                text.column("fn project(", &[this, event, context], ") {");
                format!("change the row as `{said}` says")
            }
            What::Rows => {
                let rows = format!("_rows: &mut {}<'_, Self>", scope.runtime("Rows"));
                let (result, error) = (scope.prelude("Result"), scope.runtime("RowError"));
                let answer = format!(") -> {result}<(), {error}> {{");
                text.column("fn project_rows(", &[rows, event, context], &answer);
                format!("change the rows as `{said}` says")
            }
        };
        text.enter();
        open_end(text, &open);
        text.close("}");
        text.close("}");
    }
}

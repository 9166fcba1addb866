//! Stubs of the changes that a schema leaves to Rust.

use super::{import, open_end};
use crate::{
    emit::{
        history,
        scope::{Domain, Scope},
        text::Text,
    },
    model::{Hop, Model, TypeHop},
    names::RustName,
};

/// A change that is by hand.
#[derive(Debug, Clone)]
pub(crate) struct HopByHand {
    /// The module of the older shape below `history`.
    module: String,
    /// The module of the newer shape, where that is the newest.
    home: Option<String>,
    from: String,
    to: String,
}

impl HopByHand {
    /// Every change that is by hand, those of types first.
    pub(crate) fn of(model: &Model) -> Vec<Self> {
        let types = model.types.iter().filter_map(|def| {
            let past = def.past.as_ref()?;
            let next = model.type_def(past.next);
            matches!(past.hop, TypeHop::ByHand).then(|| Self {
                module: "types".to_owned(),
                home: next.past.is_none().then(|| "types".to_owned()),
                from: def.name.rust.to_string(),
                to: next.name.rust.to_string(),
            })
        });
        let mut hops: Vec<Self> = types.collect();
        for aggregate in &model.aggregates {
            for event in &aggregate.events {
                let by_hand = event.older.iter().enumerate();
                let by_hand = by_hand.filter(|(_, older)| matches!(older.hop, Hop::ByHand { .. }));
                hops.extend(by_hand.map(|(at, _)| {
                    let module = aggregate.module().to_string();
                    let is_last = at + 1 == event.older.len();
                    Self {
                        home: is_last.then(|| format!("{module}::events")),
                        module,
                        from: history::name_of(event, at + 1),
                        to: if is_last {
                            event.name.rust.to_string()
                        } else {
                            history::name_of(event, at + 2)
                        },
                    }
                }));
            }
        }
        hops
    }

    /// The trait that has to be implemented.
    pub(crate) const ROLE: &'static str = "Upcast";

    /// The Rust name of the older shape, without `r#`.
    pub(crate) fn subject(&self) -> &str {
        plain(&self.from)
    }

    /// The Rust name of what it has to be implemented for, without `r#`.
    pub(crate) fn this(&self) -> &str {
        plain(&self.to)
    }

    fn older(&self) -> String {
        format!("history::{}::{}", self.module, self.from)
    }

    fn newer(&self) -> String {
        match &self.home {
            Some(home) => format!("{home}::{}", self.to),
            None => format!("history::{}::{}", self.module, self.to),
        }
    }
}

fn plain(name: &str) -> &str {
    name.strip_prefix("r#").unwrap_or(name)
}

/// A file with stubs of these changes, for a module that stands beside the one called `generated`.
pub(crate) fn file(model: &Model, hops: &[HopByHand], generated: &RustName) -> String {
    let domain = Domain::new(model);
    let scope = Scope::new(&domain, 1, []);
    let body = stubs(&scope, hops, "");
    let mut file = Text::file("The changes of stored shapes that the schema leaves to Rust.");
    let homes = hops.iter().filter_map(|hop| hop.home.as_deref());
    let mut names: Vec<&str> = homes
        .filter_map(|home| home.split("::").next())
        .chain(["history"])
        .collect();
    names.sort_unstable();
    names.dedup();
    let names: Vec<_> = names.into_iter().map(|name| (name, true)).collect();
    file.item();
    import(&mut file, &format!("super::{generated}"), &names);
    scope.continue_imports(&mut file);
    file.item();
    file.append(&body);
    file.finish()
}

/// The stubs alone, with every name in full, so that they can stand in a file whose imports are not known.
pub(crate) fn text(model: &Model, hops: &[HopByHand], generated: &RustName) -> String {
    let domain = Domain::new(model);
    // Names that are taken are written in full.
    let taken = [HopByHand::ROLE, "EventContext"].map(str::to_owned);
    let scope = Scope::new(&domain, 1, taken);
    stubs(&scope, hops, &format!("super::{generated}::"))
}

fn stubs(scope: &Scope<'_>, hops: &[HopByHand], root: &str) -> String {
    let mut text = Text::new(0);
    for hop in hops {
        let (from, to) = (hop.older(), hop.newer());
        let (role, context) = (
            scope.runtime(HopByHand::ROLE),
            scope.runtime("EventContext"),
        );
        text.item();
        text.open(&format!("impl {role}<{root}{from}> for {root}{to} {{"));
        let event = format!("_event: {root}{from}");
        let context = format!("_cx: &{context}<'_>");
        text.column("fn upcast(", &[event, context], ") -> Self {");
        text.enter();
        let (from, to) = (hop.subject(), hop.this());
        open_end(
            &mut text,
            &format!("say what a stored `{from}` is as `{to}`"),
        );
        text.close("}");
        text.close("}");
    }
    text.finish()
}

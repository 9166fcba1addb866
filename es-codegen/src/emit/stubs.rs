//! Stubs of the rules that a schema leaves to Rust: complete in what the compiler asks for, and open in what they decide.

mod hops;
mod rows;

pub(crate) use hops::{HopByHand, file as file_of_hops, text as text_of_hops};
pub(crate) use rows::{RowsByHand, file as file_of_rows, text as text_of_rows};

use super::{
    docs, effects, errors, handlers,
    scope::{Domain, Scope},
    text::Text,
};
use crate::{
    model::{Aggregate, Command, Event, Model, Target},
    names::RustName,
};

/// A rule that is by hand.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ByHand<'m> {
    /// What a command leads to.
    Handler(&'m Command),
    /// What an event does to the state.
    Effect(&'m Event),
}

impl<'m> ByHand<'m> {
    /// Every rule of an aggregate that is by hand, in the order of the schema.
    pub(crate) fn of(aggregate: &'m Aggregate) -> impl Iterator<Item = Self> {
        let commands = aggregate.commands.iter();
        let commands = commands.filter(|command| command.is_by_hand());
        let events = aggregate.events.iter().filter(|event| event.is_by_hand());
        commands.map(Self::Handler).chain(events.map(Self::Effect))
    }

    /// The trait that has to be implemented.
    pub(crate) fn role(self) -> &'static str {
        match self {
            Self::Handler(command) => handlers::trait_name(command.target),
            Self::Effect(event) => effects::trait_name(event),
        }
    }

    /// The Rust name of what it has to be implemented for, without `r#`.
    pub(crate) fn subject(self) -> &'m str {
        match self {
            Self::Handler(command) => command.name.rust.plain(),
            Self::Effect(event) => event.name.rust.plain(),
        }
    }

    /// ``impl Handle<commands::CancelOrder> for Order``, in code quotes.
    pub(super) fn shown(self, aggregate: &Aggregate) -> String {
        let (module, name) = match self {
            Self::Handler(command) => ("commands", &command.name.rust),
            Self::Effect(event) => ("events", &event.name.rust),
        };
        let (role, this) = (self.role(), &aggregate.name.rust);
        docs::code(&format!("impl {role}<{module}::{name}> for {this}"))
    }
}

/// A file with stubs of these rules, for a module that stands beside the one called `generated`.
pub(crate) fn file(
    model: &Model,
    aggregate: &Aggregate,
    rules: &[ByHand<'_>],
    generated: &RustName,
) -> String {
    let domain = Domain::new(model);
    let stubs = Stubs {
        aggregate,
        scope: Scope::new(
            &domain,
            1,
            [aggregate.name.rust.to_string(), errors::name(aggregate)],
        ),
        root: String::new(),
        module: String::new(),
    };
    let body = stubs.text(rules);

    let mut file = Text::file(&format!(
        "The rules of {} that the schema leaves to Rust.",
        docs::code(&aggregate.name.stored)
    ));
    let has_handler = rules.iter().any(|rule| matches!(rule, ByHand::Handler(_)));
    let has_effect = rules.iter().any(|rule| matches!(rule, ByHand::Effect(_)));
    let root = format!("super::{generated}");
    let module = format!("{root}::{}", aggregate.module());
    file.item();
    import(
        &mut file,
        &module,
        &[("commands", has_handler), ("events", has_effect)],
    );
    let error = errors::name(aggregate);
    import(
        &mut file,
        &root,
        &[(aggregate.name.rust.as_str(), true), (&error, has_handler)],
    );
    stubs.scope.continue_imports(&mut file);
    file.item();
    file.append(&body);
    file.finish()
}

/// The stubs alone, with every name in full, so that they can stand in a file whose imports are not known.
pub(crate) fn text(
    model: &Model,
    aggregate: &Aggregate,
    rules: &[ByHand<'_>],
    generated: &RustName,
) -> String {
    let domain = Domain::new(model);
    let root = format!("super::{generated}::");
    let stubs = Stubs {
        aggregate,
        // Names that are taken are written in full.
        scope: Scope::new(&domain, 1, RUNTIME.map(str::to_owned)),
        module: format!("{root}{}::", aggregate.module()),
        root,
    };
    stubs.text(rules)
}

/// Everything of es-runtime that a stub names.
const RUNTIME: [&str; 7] = [
    "Apply",
    "Context",
    "Create",
    "Emit",
    "Handle",
    "HandleAny",
    "HandleNew",
];

fn import(text: &mut Text, from: &str, names: &[(&str, bool)]) {
    let names = names.iter().filter(|(_, is_used)| *is_used);
    let names: Vec<_> = names.map(|(name, _)| (*name).to_owned()).collect();
    match names.as_slice() {
        [] => {}
        [name] => text.line(&format!("use {from}::{name};")),
        names => text.row(&format!("use {from}::{{"), names, "};"),
    }
}

/// Stubs in the making.
struct Stubs<'s, 'm> {
    aggregate: &'s Aggregate,
    scope: Scope<'m>,
    /// What stands before the names of the domain.
    root: String,
    /// What stands before `commands` and `events`.
    module: String,
}

impl Stubs<'_, '_> {
    fn text(&self, rules: &[ByHand<'_>]) -> String {
        let mut text = Text::new(0);
        for rule in rules {
            text.item();
            match rule {
                ByHand::Handler(command) => self.handler(&mut text, command),
                ByHand::Effect(event) => self.effect(&mut text, event),
            }
        }
        text.finish()
    }

    fn handler(&self, text: &mut Text, command: &Command) {
        let scope = &self.scope;
        let name = format!("{}commands::{}", self.module, command.name.rust);
        self.open(text, handlers::trait_name(command.target), &name);
        let state = match command.target {
            Target::New => None,
            Target::Existing => Some("&self".to_owned()),
            Target::Any => Some(format!("_state: {}<&Self>", scope.prelude("Option"))),
        };
        let given = [
            format!("_command: {name}"),
            format!("_cx: &{}<Self>", scope.runtime("Context")),
        ];
        let parameters: Vec<_> = state.into_iter().chain(given).collect();
        let (result, emit) = (scope.prelude("Result"), scope.runtime("Emit"));
        let error = format!("{}{}", self.root, errors::name(self.aggregate));
        text.column(
            &format!("fn {}(", handlers::method_name(command.target)),
            &parameters,
            &format!(") -> {result}<{emit}<{name}>, {error}> {{"),
        );
        text.enter();
        for answer in self.answers(command, &error) {
            text.line(&format!("// {answer}"));
        }
        open_end(
            text,
            &format!("decide what `{}` leads to", command.name.rust.plain()),
        );
        text.close("}");
        text.close("}");
    }

    /// What a handler may return, an answer a line.
    fn answers(&self, command: &Command, error: &str) -> Vec<String> {
        let mut answers = vec!["One of these:".to_owned()];
        for event in command.emits() {
            let event = self.aggregate.event(event.value);
            let fields = event.fields.iter().map(|field| field.name.rust.as_str());
            let name = format!("{}events::{}", self.module, event.name.rust);
            let answer = format!("Ok(es_runtime::emit({name} {}))", braced(fields));
            if !answers.contains(&answer) {
                answers.push(answer);
            }
        }
        answers.push("Ok(es_runtime::Emit::nothing())".to_owned());
        for reject in &command.rejections {
            let rejection = self.aggregate.rejection(reject.rejection);
            answers.push(format!("Err({error}::{})", rejection.name.rust));
        }
        answers
    }

    fn effect(&self, text: &mut Text, event: &Event) {
        let (said, name) = (
            event.name.rust.plain(),
            format!("{}events::{}", self.module, event.name.rust),
        );
        self.open(text, effects::trait_name(event), &name);
        if event.is_creation() {
            text.open(&format!("fn create(_event: {name}) -> Self {{"));
            open_end(text, &format!("make the state that `{said}` begins with"));
        } else {
            text.open(&format!("fn apply(&mut self, _event: {name}) {{"));
            open_end(text, &format!("change the state as `{said}` says"));
        }
        text.close("}");
        text.close("}");
    }

    fn open(&self, text: &mut Text, role: &str, name: &str) {
        let (role, this) = (self.scope.runtime(role), &self.aggregate.name.rust);
        text.open(&format!("impl {role}<{name}> for {}{this} {{", self.root));
    }
}

/// The fields of a struct literal, without their values.
fn braced<'n>(fields: impl Iterator<Item = &'n str>) -> String {
    let fields: Vec<_> = fields.map(|field| format!("{field}: …")).collect();
    if fields.is_empty() {
        "{}".to_owned()
    } else {
        format!("{{ {} }}", fields.join(", "))
    }
}

/// What stands where a rule is still to be written.
///
/// It compiles, so that all the rest can be tried already. The first command that needs the rule is answered with the
/// typed error of a panicked rule, which holds this text, and nothing is stored.
fn open_end(text: &mut Text, what: &str) {
    text.line(&format!("todo!(\"{what}\")"));
}

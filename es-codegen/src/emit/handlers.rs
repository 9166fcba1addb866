//! The rules that decide: one `impl` for each command that is not by hand.

use super::{
    errors,
    ownership::{Given, Later, Names, Values, values},
    rules,
    scope::Scope,
    text::{Text, quoted},
};
use crate::{
    leaf::{Leaf, Root},
    model::{Aggregate, Command, Emission, Origin, Outcome, Reject, Target, When},
};

/// Puts the handler of a command into the file of its aggregate; nothing where it is by hand.
pub(super) fn handler(
    text: &mut Text,
    scope: &Scope<'_>,
    aggregate: &Aggregate,
    command: &Command,
) {
    let Outcome::Emit(emissions) = &command.outcome else {
        return;
    };
    let rule = Rule::of(scope, aggregate, command, emissions);
    let (handle, name, this) = (
        trait_name(command.target),
        &command.name.rust,
        &aggregate.name.rust,
    );
    text.item();
    text.open(&format!(
        "impl {}<commands::{name}> for {this} {{",
        scope.runtime(handle)
    ));
    rule.signature(text);
    if command.target == Target::Existing && rule.says(Root::State) {
        text.line("let state = self;");
    }
    rule.check_status(text);
    for reject in &command.rejections {
        rule.reject(text, reject);
    }
    rule.emit(text);
    text.close("}");
    text.close("}");
}

/// The trait that a handler implements.
pub(super) fn trait_name(target: Target) -> &'static str {
    match target {
        Target::New => "HandleNew",
        Target::Existing => "Handle",
        Target::Any => "HandleAny",
    }
}

/// The function of that trait.
pub(super) fn method_name(target: Target) -> &'static str {
    match target {
        Target::New => "handle_new",
        Target::Existing => "handle",
        Target::Any => "handle_any",
    }
}

/// One handler in the making.
struct Rule<'r, 'm> {
    scope: &'r Scope<'m>,
    aggregate: &'r Aggregate,
    command: &'r Command,
    emissions: &'r [Emission],
    names: Names<'r>,
    /// Everything that the schema itself says in the rule.
    leaves: Vec<&'r Leaf>,
}

impl<'r, 'm> Rule<'r, 'm> {
    fn of(
        scope: &'r Scope<'m>,
        aggregate: &'r Aggregate,
        command: &'r Command,
        emissions: &'r [Emission],
    ) -> Self {
        let leaves = leaves(command, emissions);
        let says_state = leaves.iter().any(|leaf| rules::says(leaf, Root::State));
        let this = match command.target {
            Target::Existing if !says_state => "self",
            _ => "state",
        };
        let names = Names {
            this,
            state: &aggregate.state,
            command: &command.fields,
            event: &[],
            later: Later::Nothing,
        };
        Self {
            scope,
            aggregate,
            command,
            emissions,
            names,
            leaves,
        }
    }

    fn says(&self, root: Root) -> bool {
        self.leaves.iter().any(|leaf| rules::says(leaf, root))
    }

    fn signature(&self, text: &mut Text) {
        let (emitted, mut rejected) = (self.emitted(), self.command.rejections.iter());
        let may_clone_copy =
            emitted.may_clone_copy || rejected.any(|reject| self.details(reject).may_clone_copy);
        for allowance in rules::allowances(&self.leaves, may_clone_copy) {
            text.line(&allowance);
        }
        let mut assignments = self
            .emissions
            .iter()
            .flat_map(|emission| &emission.assignments);
        let carries = assignments.any(|assignment| matches!(assignment.from, Origin::Command(_)));
        let used = |is_used: bool, name: &str| {
            if is_used {
                name.to_owned()
            } else {
                format!("_{name}")
            }
        };
        let command = used(carries || self.says(Root::Command), "command");
        let cx = used(self.says(Root::Cx), "cx");
        let state = used(
            self.says(Root::State) || self.command.allowed.is_some(),
            "state",
        );

        let name = format!("commands::{}", self.command.name.rust);
        let mut parameters = vec![
            format!("{command}: {name}"),
            format!("{cx}: &{}<Self>", self.scope.runtime("Context")),
        ];
        match self.command.target {
            Target::New => {}
            Target::Existing => parameters.insert(0, "&self".to_owned()),
            Target::Any => {
                let option = self.scope.prelude("Option");
                parameters.insert(0, format!("{state}: {option}<&Self>"));
            }
        }
        let method = method_name(self.command.target);
        let (result, emit) = (self.scope.prelude("Result"), self.scope.runtime("Emit"));
        let error = errors::name(self.aggregate);
        text.column(
            &format!("fn {method}("),
            &parameters,
            &format!(") -> {result}<{emit}<{name}>, {error}> {{"),
        );
        text.enter();
    }

    /// Refuses the command in every status but the allowed ones.
    fn check_status(&self, text: &mut Text) {
        let (Some(allowed), Some(lifecycle)) = (&self.command.allowed, &self.aggregate.lifecycle)
        else {
            return;
        };
        let (statuses, ty) = (
            self.scope.model().statuses(self.aggregate),
            self.scope.declared(lifecycle.ty),
        );
        let allowed = allowed
            .iter()
            .filter_map(|symbol| statuses.get(symbol.value.0));
        let allowed: Vec<_> = allowed
            .map(|symbol| format!("{ty}::{}", symbol.name.rust))
            .collect();
        let is_other = |status: &str| match allowed.as_slice() {
            [one] => format!("{status} != {one}"),
            several => format!("!matches!({status}, {})", several.join(" | ")),
        };
        let field = &self.aggregate.state_field(lifecycle.field).name.rust;
        let status = if self.command.target == Target::Any {
            let (some, is_other) = (self.scope.prelude("Some"), is_other("*status"));
            text.line(&format!("let status = state.map(|state| state.{field});"));
            text.open(&format!(
                "if let {some}(status) = status.filter(|status| {is_other}) {{"
            ));
            "status".to_owned()
        } else {
            let status = format!("{}.{field}", self.names.this);
            text.open(&format!("if {} {{", is_other(&status)));
            status
        };
        let name = quoted(&self.command.name.stored);
        let details = [("command".to_owned(), name), ("status".to_owned(), status)];
        self.refuse(text, "WrongStatus", &details);
        text.close("}");
    }

    fn reject(&self, text: &mut Text, reject: &Reject) {
        let When::Condition(condition) = &reject.when else {
            return;
        };
        let rejection = self.aggregate.rejection(reject.rejection);
        let names = rejection
            .details
            .iter()
            .map(|detail| detail.name.rust.to_string());
        let details: Vec<_> = names.zip(self.details(reject).values).collect();
        text.open(&format!(
            "if {} {{",
            rules::condition(self.scope, condition)
        ));
        self.refuse(text, rejection.name.rust.as_str(), &details);
        text.close("}");
    }

    fn refuse(&self, text: &mut Text, name: &str, details: &[(String, String)]) {
        let (err, error) = (self.scope.prelude("Err"), errors::name(self.aggregate));
        if details.is_empty() {
            text.line(&format!("return {err}({error}::{name});"));
        } else {
            text.literal(&format!("return {err}({error}::{name}"), details, ");");
        }
    }

    fn emit(&self, text: &mut Text) {
        let ok = self.scope.prelude("Ok");
        let mut values = self.emitted().values.into_iter();
        let mut events = self.emissions.iter().map(|emission| {
            let event = self.aggregate.event(emission.event.value);
            let fields = emission.assignments.iter();
            let fields =
                fields.map(|assignment| event.field(assignment.field).name.rust.to_string());
            let name = format!("events::{}", event.name.rust);
            (name, fields.zip(values.by_ref()).collect::<Vec<_>>())
        });
        match self.emissions.len() {
            0 => text.line(&format!("{ok}({}::nothing())", self.scope.runtime("Emit"))),
            1 => {
                let emit = self.scope.runtime("emit");
                for (name, fields) in events {
                    text.literal(&format!("{ok}({emit}({name}"), &fields, "))");
                }
            }
            _ => {
                let emit = self.scope.runtime("emit");
                for (place, (name, fields)) in events.by_ref().enumerate() {
                    text.literal(&format!("let event_{} = {name}", place + 1), &fields, ";");
                }
                let others: String = (2..=self.emissions.len())
                    .map(|place| format!(".and(event_{place})"))
                    .collect();
                text.line(&format!("{ok}({emit}(event_1){others})"));
            }
        }
    }

    /// The values of the details of a rejection.
    fn details(&self, reject: &Reject) -> Values {
        let given: Vec<_> = reject.with.iter().map(Given::Leaf).collect();
        values(self.scope, &self.names, &given)
    }

    /// The values of the fields of all events, one event after the other.
    fn emitted(&self) -> Values {
        let assignments = self
            .emissions
            .iter()
            .flat_map(|emission| &emission.assignments);
        let given = assignments.map(|assignment| match &assignment.from {
            Origin::Leaf(leaf) => Given::Leaf(leaf),
            Origin::Command(field) => Given::Field(Root::Command, self.command.field(*field)),
            Origin::State(field) => Given::Field(Root::State, self.aggregate.state_field(*field)),
            Origin::Event(_) | Origin::Status(_) => Given::Fixed(String::new()),
        });
        values(self.scope, &self.names, &given.collect::<Vec<_>>())
    }
}

/// Everything that the schema itself says in a rule.
fn leaves<'r>(command: &'r Command, emissions: &'r [Emission]) -> Vec<&'r Leaf> {
    let asked = command.rejections.iter().flat_map(|reject| {
        let condition = match &reject.when {
            When::Condition(leaf) => Some(leaf),
            When::ByHand => None,
        };
        condition.into_iter().chain(&reject.with)
    });
    let assigned = emissions.iter().flat_map(|emission| &emission.assignments);
    let given = assigned.filter_map(|assignment| match &assignment.from {
        Origin::Leaf(leaf) => Some(leaf),
        _ => None,
    });
    asked.chain(given).collect()
}

//! The rules of a projection: the `impl`s of what one event does to the rows, where that is not by hand.

use super::{
    ownership::{Given, Later, Names, Needs, Values, values},
    rules,
    scope::Scope,
    text::Text,
};
use crate::{
    leaf::{Leaf, Root},
    model::{
        Assignment, Change, Event, Field, Origin, ProjectedEvent, Projection, RowChange, RowRule,
        Update,
    },
};

/// Puts what an event does to the rows into the file of their projection; nothing where that is by hand. `path` is the type
/// that the rules are given.
pub(super) fn rule(
    text: &mut Text,
    scope: &Scope<'_>,
    projection: &Projection,
    projected: &ProjectedEvent,
    path: String,
) {
    let rule = Rule {
        scope,
        projection,
        event: scope.model().projected(projected),
        path,
    };
    match &projected.rule {
        RowRule::One(change) => rule.one(text, change),
        RowRule::Several(changes) => rule.several(text, changes),
        RowRule::ByHand | RowRule::Mistaken => {}
    }
}

/// The type of the key of a row: nothing, a type alone, or a tuple.
pub(super) fn key_type(scope: &Scope<'_>, projection: &Projection) -> String {
    let types = projection.key_columns().iter();
    alone_or_tuple(types.map(|column| scope.ty(&column.ty)).collect())
}

/// One thing as it is, and any other number of them as a tuple.
fn alone_or_tuple(mut parts: Vec<String>) -> String {
    match parts.len() {
        1 => parts.pop().unwrap_or_default(),
        _ => format!("({})", parts.join(", ")),
    }
}

/// One rule in the making.
struct Rule<'r, 'm> {
    scope: &'r Scope<'m>,
    projection: &'r Projection,
    event: &'r Event,
    /// The type of the event, or of the part of it that the rules are given.
    path: String,
}

impl<'r> Rule<'r, '_> {
    /// An event that changes one row: a trait for each thing that is said of it.
    fn one(&self, text: &mut Text, change: &'r RowChange) {
        if let Some(at) = &change.at {
            self.at(text, at);
        }
        match &change.change {
            Change::Insert(made) => self.insert(text, made),
            Change::Update(update) => self.project(text, update),
            Change::Upsert(made, update) => {
                self.new_row(text, made);
                self.project(text, update);
            }
            Change::InsertByHand | Change::Delete => {}
        }
    }

    /// Which row it is.
    fn at(&self, text: &mut Text, at: &'r [Assignment]) {
        let given = self.given(at);
        let values = values(self.scope, &self.names(Later::Everything), &given);
        let signature = [
            format!("{}: &{}", self.event_name(&given), self.path),
            self.context(&given),
        ];
        self.open(text, "At");
        self.allow(text, &given, values.may_clone_copy);
        let key = key_type(self.scope, self.projection);
        let answer = match at {
            // To say that nothing is returned would be warned of.
            [] => return close_empty(text, &format!("fn at({})", signature.join(", "))),
            _ => format!(") -> {key} {{"),
        };
        text.column("fn at(", &signature, &answer);
        text.enter();
        match values.values.as_slice() {
            [value] => text.line(&rules::in_last_place(value)),
            values => text.column("(", values, ")"),
        }
        text.close("}");
        text.close("}");
    }

    /// The row that is made.
    fn insert(&self, text: &mut Text, made: &'r [Assignment]) {
        let given = self.given(made);
        let values = values(self.scope, &self.names(Later::Nothing), &given);
        let event = format!("{}: {}", self.event_name(&given), self.path);
        self.open(text, "Insert");
        self.makes(text, "insert", event, &given, made, values);
        text.close("}");
    }

    /// The row that is changed where there is none.
    fn new_row(&self, text: &mut Text, made: &'r [Assignment]) {
        let given = self.given(made);
        let values = values(self.scope, &self.names(Later::Everything), &given);
        let event = format!("{}: &{}", self.event_name(&given), self.path);
        self.open(text, "NewRow");
        self.makes(text, "new_row", event, &given, made, values);
        text.close("}");
    }

    /// A function that makes a row.
    fn makes(
        &self,
        text: &mut Text,
        function: &str,
        event: String,
        given: &[Given<'_>],
        made: &[Assignment],
        values: Values,
    ) {
        self.allow(text, given, values.may_clone_copy);
        let key = format!(
            "{}: {}",
            self.key_pattern(),
            key_type(self.scope, self.projection)
        );
        let parameters = [key, event, self.context(given)];
        text.column(&format!("fn {function}("), &parameters, ") -> Self {");
        text.enter();
        text.literal("Self", &self.row(self.key_names(), made, values.values), "");
        text.close("}");
    }

    /// What changes in a row that is there.
    fn project(&self, text: &mut Text, update: &'r Update) {
        let Update::Statements(statements) = update else {
            return;
        };
        let given: Vec<_> = statements.iter().map(Given::Leaf).collect();
        let parameters = [
            "&mut self".to_owned(),
            format!("{}: {}", self.event_name(&given), self.path),
            self.context(&given),
        ];
        self.open(text, "Project");
        self.allow(text, &given, false);
        if statements.is_empty() {
            let signature = format!("fn project({})", parameters.join(", "));
            return close_empty(text, &signature);
        }
        text.column("fn project(", &parameters, ") {");
        text.enter();
        if says(&given, Root::Row) {
            text.line("let row = self;");
        }
        for statement in statements {
            text.line(&rules::statement(self.scope, statement));
        }
        text.close("}");
        text.close("}");
    }

    /// An event that changes several rows, one after the other.
    fn several(&self, text: &mut Text, changes: &'r [RowChange]) {
        let scope = self.scope;
        let parts: Vec<_> = changes
            .iter()
            .map(|change| Part::of(self, change))
            .collect();
        let given: Vec<_> = parts.iter().flat_map(Part::given).collect();
        // From the last to the first, since each has to leave what those behind it need.
        let mut later = Needs::default();
        let mut body = Vec::with_capacity(parts.len());
        for part in parts.iter().rev() {
            let (values, is_cloned) = part.values(self, &later);
            later.and(part.needs(is_cloned));
            body.push((part, values, is_cloned));
        }
        let may_clone_copy = body.iter().any(|(_, values, _)| values.may_clone_copy);

        self.open(text, "ProjectRows");
        self.allow(text, &given, may_clone_copy);
        let parameters = [
            format!("rows: &mut {}<'_, Self>", scope.runtime("Rows")),
            format!("{}: {}", self.event_name(&given), self.path),
            self.context(&given),
        ];
        let (result, error) = (scope.prelude("Result"), scope.runtime("RowError"));
        text.column(
            "fn project_rows(",
            &parameters,
            &format!(") -> {result}<(), {error}> {{"),
        );
        text.enter();
        for (part, values, is_cloned) in body.into_iter().rev() {
            if is_cloned {
                text.open("{");
                text.line(CLONE);
            }
            self.change(text, part, values);
            if is_cloned {
                text.close("}");
            }
        }
        text.line(&format!("{}(())", scope.prelude("Ok")));
        text.close("}");
        text.close("}");
    }

    /// One of several changes.
    fn change(&self, text: &mut Text, part: &Part<'_>, values: Values) {
        let mut values = values.values;
        let made = values.split_off(part.at.len());
        if let Change::Insert(assignments) = &part.change.change {
            let row = self.row(values, assignments, made);
            return text.literal("rows.insert(Self", &row, ")?;");
        }
        let key = if values.is_empty() { "()" } else { "key" };
        if part.key_moves {
            text.open("let key = {");
            text.line(CLONE);
            text.line(&alone_or_tuple(values));
            text.close("};");
        } else if !values.is_empty() {
            text.line(&format!("let key = {};", alone_or_tuple(values)));
        }
        match &part.change.change {
            Change::Update(update) => {
                let head = format!("rows.update(&{key}, {}", closure(update));
                self.statements(text, &head, update, false, ")?;");
            }
            Change::Upsert(assignments, update) => {
                text.open("rows.upsert(");
                text.line(&format!("{key},"));
                let row = self.row(self.key_names(), assignments, made);
                let pattern = self.key_pattern();
                if part.closures_meet {
                    text.open(&format!("|{pattern}| {{"));
                    text.line(CLONE);
                    text.literal("Self", &row, "");
                    text.close("},");
                } else {
                    text.literal(&format!("|{pattern}| Self"), &row, ",");
                }
                self.statements(text, closure(update), update, part.closures_meet, ",");
                text.close(")?;");
            }
            Change::Delete => text.line(&format!("rows.delete(&{key})?;")),
            // These cannot be one of several.
            Change::Insert(_) | Change::InsertByHand => {}
        }
    }

    /// Statements as the body of a closure that ends in `head`.
    fn statements(
        &self,
        text: &mut Text,
        head: &str,
        update: &Update,
        clones_event: bool,
        tail: &str,
    ) {
        if update.statements().is_empty() {
            return text.line(&format!("{head} {{}}{tail}"));
        }
        text.open(&format!("{head} {{"));
        if clones_event {
            text.line(CLONE);
        }
        for statement in update.statements() {
            text.line(&rules::statement(self.scope, statement));
        }
        text.close(&format!("}}{tail}"));
    }

    /// The fields of a new row with their values, those of the key first.
    fn row(
        &self,
        key: Vec<String>,
        made: &[Assignment],
        values: Vec<String>,
    ) -> Vec<(String, String)> {
        let columns = self.projection.key_columns().iter();
        let key = columns.map(|column| column.name.rust.to_string()).zip(key);
        let columns = made.iter().map(|made| self.projection.column(made.field));
        let made = columns
            .map(|column| column.name.rust.to_string())
            .zip(values);
        key.chain(made).collect()
    }

    /// What the key columns are called where a row is made: as they are, unless the event or its context is called so.
    fn key_names(&self) -> Vec<String> {
        let columns = self.projection.key_columns();
        let is_taken = |name: &str| {
            columns
                .iter()
                .any(|column| column.name.rust.as_str() == name)
        };
        let name = |column: &Field| {
            let mut name = column.name.rust.to_string();
            while matches!(name.as_str(), "event" | "cx")
                || name != column.name.rust.as_str() && is_taken(&name)
            {
                name.insert_str(0, "key_");
            }
            name
        };
        columns.iter().map(name).collect()
    }

    /// The key of a row, taken apart.
    fn key_pattern(&self) -> String {
        alone_or_tuple(self.key_names())
    }

    fn names<'n>(&'n self, later: Later<'n>) -> Names<'n> {
        Names {
            this: "",
            state: &[],
            command: &[],
            event: &self.event.fields,
            later,
        }
    }

    /// Where the values of columns come from.
    fn given(&self, assignments: &'r [Assignment]) -> Vec<Given<'r>> {
        let given = assignments.iter().map(|assignment| match &assignment.from {
            Origin::Leaf(leaf) => Given::Leaf(leaf),
            Origin::Event(field) => Given::Field(Root::Event, self.event.field(*field)),
            Origin::Command(_) | Origin::State(_) | Origin::Status(_) => {
                Given::Fixed(String::new())
            }
        });
        given.collect()
    }

    /// What of the event these values may move.
    fn moved<'g>(&self, given: impl IntoIterator<Item = &'g Given<'r>>) -> Needs<'r>
    where
        'r: 'g,
    {
        Needs::of(given).that_move(self.scope, &self.names(Later::Nothing))
    }

    fn event_name(&self, given: &[Given<'_>]) -> &'static str {
        let carries = given.iter().any(|given| matches!(given, Given::Field(..)));
        if carries || says(given, Root::Event) {
            "event"
        } else {
            "_"
        }
    }

    fn context(&self, given: &[Given<'_>]) -> String {
        let name = if says(given, Root::Cx) { "cx" } else { "_" };
        format!("{name}: &{}<'_>", self.scope.runtime("EventContext"))
    }

    /// Begins the `impl` of a trait.
    fn open(&self, text: &mut Text, role: &str) {
        let (role, this) = (self.scope.runtime(role), &self.projection.name.rust);
        text.item();
        text.open(&format!("impl {role}<{}> for {this} {{", self.path));
    }

    fn allow(&self, text: &mut Text, given: &[Given<'_>], may_clone_copy: bool) {
        let leaves: Vec<_> = leaves(given).collect();
        for allowance in rules::allowances(&leaves, may_clone_copy) {
            text.line(&allowance);
        }
    }
}

/// Gives a part of a rule an event of its own.
const CLONE: &str = "let event = event.clone();";

/// One of several changes, and what it needs.
struct Part<'r> {
    change: &'r RowChange,
    at: Vec<Given<'r>>,
    made: Vec<Given<'r>>,
    statements: &'r [Leaf],
    /// Whether the row that is made and the change of it both need what only one of them can have.
    closures_meet: bool,
    /// Whether the key, too, then takes something that they need.
    key_moves: bool,
}

impl<'r> Part<'r> {
    fn of(rule: &Rule<'r, '_>, change: &'r RowChange) -> Self {
        let update = change.change.update();
        let mut part = Self {
            change,
            at: rule.given(change.at.as_deref().unwrap_or_default()),
            made: rule.given(change.change.made()),
            statements: update.map_or(&[], Update::statements),
            closures_meet: false,
            key_moves: false,
        };
        if matches!(change.change, Change::Upsert(..)) {
            let (made, changed) = (&part.made, part.changed());
            part.closures_meet = Needs::of(made).meet(&rule.moved(&changed))
                || rule.moved(made).meet(&Needs::of(&changed));
            part.key_moves = part.closures_meet && !rule.moved(written_out(&part.at)).is_empty();
        }
        part
    }

    fn changed(&self) -> Vec<Given<'r>> {
        self.statements.iter().map(Given::Leaf).collect()
    }

    /// Everything that is said in it, in the order in which it is evaluated.
    fn given(&self) -> Vec<Given<'r>> {
        let parts = [&self.at, &self.made];
        let given = parts.into_iter().flatten().cloned();
        given.chain(self.changed()).collect()
    }

    /// The values of the columns, those of the key first, and whether all of it needs an event of its own.
    fn values(&self, rule: &Rule<'r, '_>, later: &Needs<'r>) -> (Values, bool) {
        if self.closures_meet {
            // Each part of the change then has an event of its own, or leaves the one of all as it is.
            let later = if self.key_moves {
                Later::Nothing
            } else {
                Later::Everything
            };
            let mut at = values(rule.scope, &rule.names(later), &self.at);
            let made = values(rule.scope, &rule.names(Later::Nothing), &self.made);
            at.values.extend(made.values);
            at.may_clone_copy |= made.may_clone_copy;
            return (at, false);
        }
        let given = self.given();
        let is_cloned = rule.moved(written_out(&given)).meet(later);
        let later = if is_cloned {
            Later::Nothing
        } else {
            Later::Parts(later)
        };
        let mut values = values(rule.scope, &rule.names(later), &given);
        values.values.truncate(self.at.len() + self.made.len());
        (values, is_cloned)
    }

    /// What it needs of the event that all changes share.
    fn needs(&self, is_cloned: bool) -> Needs<'r> {
        if is_cloned || self.closures_meet {
            Needs::all()
        } else {
            Needs::of(&self.given())
        }
    }
}

/// The beginning of a closure that changes a row.
fn closure(update: &Update) -> &'static str {
    let mut statements = update.statements().iter();
    if statements.any(|leaf| rules::says(leaf, Root::Row)) {
        "|row|"
    } else {
        "|_|"
    }
}

/// An `impl` whose one function does nothing.
fn close_empty(text: &mut Text, signature: &str) {
    text.line(&format!("{signature} {{}}"));
    text.close("}");
}

/// Values that stand as they are written, so that what they move is the user's to say.
fn written_out<'g, 'r>(given: &'g [Given<'r>]) -> impl Iterator<Item = &'g Given<'r>> {
    given.iter().filter(|given| !given.is_path())
}

fn leaves<'g>(given: &'g [Given<'_>]) -> impl Iterator<Item = &'g Leaf> {
    given.iter().filter_map(|given| match given {
        Given::Leaf(leaf) => Some(*leaf),
        Given::Field(..) | Given::Fixed(_) => None,
    })
}

fn says(given: &[Given<'_>], root: Root) -> bool {
    leaves(given).any(|leaf| rules::says(leaf, root))
}

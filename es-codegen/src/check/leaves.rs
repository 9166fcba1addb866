//! Leaves: they mention only what is in scope, and only fields that are there.

use crate::{
    diagnostic::{Code, Diagnostic, Diagnostics, shown},
    leaf::{FieldUse, Leaf, Root},
    model::{
        Aggregate, Assignment, Change, Command, Effect, Event, Field, Hop, Model, Origin, Outcome,
        Projection, Source, TagValue, Target, Type, TypeHop, TypeKind, When,
    },
};

/// A leaf mentions only names that are in scope where it stands.
pub(super) fn check_scope(cx: &mut Diagnostics, model: &Model) {
    for_each_leaf(model, |leaf, scope| {
        // `value` is in scope in a check alone and `row` in projections, so elsewhere they are names like any other.
        let outside = leaf.mentions.iter().filter(|mention| match mention.root {
            Root::Value => false,
            Root::Row => scope.position.is_projection() && !scope.has(Root::Row),
            root => !scope.has(root),
        });
        for mention in outside {
            let name = mention.root.name();
            let (place, way_out) = scope.position.described(mention.root);
            let error = Diagnostic::new(
                Code::NotInScope,
                mention.span,
                format!("there is no `{name}` in {place}"),
            );
            cx.report(error.hint(way_out));
        }
    });
}

/// The fields that a leaf mentions are there, as deep as the schema knows the types.
pub(super) fn check_fields(cx: &mut Diagnostics, model: &Model) {
    for_each_leaf(model, |leaf, scope| {
        for mention in &leaf.mentions {
            let Some(fields) = scope.fields(mention.root) else {
                continue;
            };
            let (mut fields, mut owner) = (fields, format!("the {} has", mention.root.name()));
            for used in &mention.fields {
                let Some(field) = fields
                    .iter()
                    .find(|field| field.name.rust.plain() == used.name)
                else {
                    unknown_field(cx, used, &owner, fields);
                    break;
                };
                let Some(inner) = fields_of(model, &field.ty) else {
                    break;
                };
                (fields, owner) = (inner, format!("`{}` has", model.type_name(&field.ty)));
            }
        }
    });
}

fn unknown_field(cx: &mut Diagnostics, used: &FieldUse, owner: &str, fields: &[Field]) {
    let hint = cx.did_you_mean(
        &used.name,
        fields.iter().map(|field| field.name.rust.plain()),
    );
    let error = Diagnostic::new(
        Code::UnknownField,
        used.span,
        format!("{owner} no field `{}`", shown(&used.name)),
    );
    cx.report(error.maybe_hint(hint));
}

/// The fields of a value object, also through a box; what else has fields or methods is known to rustc alone.
fn fields_of<'m>(model: &'m Model, ty: &Type) -> Option<&'m [Field]> {
    match ty {
        Type::Box(inner) => fields_of(model, inner),
        Type::Declared(id) => match &model.type_def(*id).kind {
            TypeKind::Object(fields) => Some(fields),
            _ => None,
        },
        _ => None,
    }
}

/// What a leaf finds in scope.
struct Scope<'s> {
    position: Position,
    state: Option<&'s [Field]>,
    command: Option<&'s [Field]>,
    event: Option<&'s [Field]>,
    row: Option<&'s [Field]>,
}

/// Where a leaf stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Position {
    Check,
    Create,
    Apply,
    Tag,
    Command(Target),
    At,
    Insert,
    New,
    Update,
    Change,
}

impl Scope<'_> {
    fn has(&self, root: Root) -> bool {
        match root {
            Root::State => self.state.is_some() || self.position == Position::Command(Target::Any),
            Root::Command => self.command.is_some(),
            Root::Event => self.event.is_some(),
            Root::Cx => {
                matches!(self.position, Position::Command(_) | Position::Change)
                    || self.position.is_projection()
            }
            Root::Row => self.row.is_some(),
            Root::Value => false,
        }
    }

    fn fields(&self, root: Root) -> Option<&[Field]> {
        match root {
            Root::State => self.state,
            Root::Command => self.command,
            Root::Event => self.event,
            Root::Row => self.row,
            Root::Cx | Root::Value => None,
        }
    }
}

impl Position {
    fn is_projection(self) -> bool {
        matches!(self, Self::At | Self::Insert | Self::New | Self::Update)
    }

    /// What the position is called, and what to do where `root` is wanted in it.
    fn described(self, root: Root) -> (&'static str, &'static str) {
        let place = match self {
            Self::Check => "a check",
            Self::Create => "`create`",
            Self::Apply => "`apply`",
            Self::Tag => "a tag",
            Self::Command(Target::New) => "a command `for: new`",
            Self::Command(_) => "a command",
            Self::At => "`at`",
            Self::Insert => "`insert`",
            Self::New => "`new`",
            Self::Update => "`update`",
            Self::Change => "a change",
        };
        let way_out = match (self, root) {
            (Self::Check, _) => {
                "a check sees `value` alone: what depends on more is a condition under `reject`"
            }
            (Self::Command(_), Root::State) => {
                "nothing exists yet: use the command alone, or make it `for: existing`"
            }
            (Self::Command(_), _) => {
                "the event follows from the command: use `command`, `state` and `cx`"
            }
            (Self::Change, _) => {
                "what a stored event becomes follows from itself: use `event`, its shape before the change, and `cx`"
            }
            (Self::At, Root::Row) => "which row it is follows from the event: use `event` and `cx`",
            (Self::Insert | Self::New, Root::Row) => {
                "the row is only being made: use `event` and `cx`"
            }
            (Self::Update, Root::State) => {
                "rows follow from events alone: use `event`, or keep in the row what it needs"
            }
            (_, Root::State) if self.is_projection() => {
                "rows follow from events alone: use `event`"
            }
            (_, Root::Command) => {
                "an event carries all that its effect needs: add a field to it, and use `event`"
            }
            (_, Root::Cx) => {
                "folding must give the same every time: let the event carry the time or the id"
            }
            (Self::Create, _) => "nothing exists before it: use `event`",
            (..) => "use `event`",
        };
        (place, way_out)
    }
}

fn for_each_leaf(model: &Model, mut visit: impl FnMut(&Leaf, &Scope<'_>)) {
    let scope = Scope {
        position: Position::Check,
        state: None,
        command: None,
        event: None,
        row: None,
    };
    let checks = model.types.iter().filter_map(|def| def.check.as_ref());
    checks.for_each(|leaf| visit(leaf, &scope));
    change_leaves(model, &mut visit);
    for aggregate in &model.aggregates {
        for command in &aggregate.commands {
            let state = (command.target == Target::Existing).then_some(aggregate.state.as_slice());
            let scope = Scope {
                position: Position::Command(command.target),
                state,
                command: Some(&command.fields),
                event: None,
                row: None,
            };
            command_leaves(command).for_each(|leaf| visit(leaf, &scope));
        }
        // What an event took over stands in the other event.
        for event in aggregate.events.iter().filter(|event| event.like.is_none()) {
            event_leaves(aggregate, event, &mut visit);
        }
        for event in &aggregate.events {
            let scope = Scope {
                position: Position::Tag,
                state: None,
                command: None,
                event: Some(&event.fields),
                row: None,
            };
            for tag in &event.tags {
                if let TagValue::Leaf(leaf) = &tag.value {
                    visit(leaf, &scope);
                }
            }
        }
    }
    for projection in &model.projections {
        row_leaves(model, projection, &mut visit);
    }
}

fn change_leaves(model: &Model, visit: &mut impl FnMut(&Leaf, &Scope<'_>)) {
    let mut visit = |before: &[Field], leaf: &Leaf| {
        let scope = Scope {
            position: Position::Change,
            state: None,
            command: None,
            event: Some(before),
            row: None,
        };
        visit(leaf, &scope);
    };
    for def in &model.types {
        if let (TypeKind::Object(before), Some(past)) = (&def.kind, &def.past)
            && let TypeHop::Fields(sources) = &past.hop
        {
            source_leaves(sources).for_each(|leaf| visit(before, leaf));
        }
    }
    let events = model.aggregates.iter().flat_map(|it| &it.events);
    for older in events.flat_map(|event| &event.older) {
        match &older.hop {
            Hop::Fields(sources) => {
                source_leaves(sources).for_each(|leaf| visit(&older.fields, leaf));
            }
            Hop::Split(parts) => {
                let parts = parts.iter().flat_map(|part| assigned(&part.assignments));
                parts.for_each(|leaf| visit(&older.fields, leaf));
            }
            Hop::ByHand { .. } => {}
        }
    }
}

fn source_leaves(sources: &[Source]) -> impl Iterator<Item = &Leaf> {
    sources.iter().filter_map(|source| match source {
        Source::Added(leaf) | Source::Converted(_, leaf) => Some(leaf),
        _ => None,
    })
}

fn command_leaves(command: &Command) -> impl Iterator<Item = &Leaf> {
    let rejections = command.rejections.iter().flat_map(|reject| {
        let condition = match &reject.when {
            When::Condition(leaf) => Some(leaf),
            When::ByHand => None,
        };
        condition.into_iter().chain(&reject.with)
    });
    let emissions = match &command.outcome {
        Outcome::Emit(emissions) => emissions.as_slice(),
        Outcome::ByHand { .. } | Outcome::Mistaken => &[],
    };
    rejections.chain(
        emissions
            .iter()
            .flat_map(|emission| assigned(&emission.assignments)),
    )
}

fn event_leaves(aggregate: &Aggregate, event: &Event, visit: &mut impl FnMut(&Leaf, &Scope<'_>)) {
    let fields = Some(event.fields.as_slice());
    match &event.effect {
        Effect::Create(assignments) => {
            let scope = Scope {
                position: Position::Create,
                state: None,
                command: None,
                event: fields,
                row: None,
            };
            assigned(assignments).for_each(|leaf| visit(leaf, &scope));
        }
        Effect::Apply(statements) => {
            let scope = Scope {
                position: Position::Apply,
                state: Some(&aggregate.state),
                command: None,
                event: fields,
                row: None,
            };
            statements.iter().for_each(|leaf| visit(leaf, &scope));
        }
        Effect::CreateByHand | Effect::ApplyByHand | Effect::Undeclared => {}
    }
}

fn row_leaves(model: &Model, projection: &Projection, visit: &mut impl FnMut(&Leaf, &Scope<'_>)) {
    for projected in &projection.events {
        let event = model.projected(projected);
        // What cannot be read of an event is reported there.
        if event.is_unread() {
            continue;
        }
        let scope = |position: Position| Scope {
            position,
            state: None,
            command: None,
            event: Some(&event.fields),
            row: (position == Position::Update).then_some(projection.columns.as_slice()),
        };
        for change in projected.rule.changes() {
            let at = change.at.as_deref().unwrap_or_default();
            assigned(at).for_each(|leaf| visit(leaf, &scope(Position::At)));
            let position = match change.change {
                Change::Upsert(..) => Position::New,
                _ => Position::Insert,
            };
            let made = change.change.made();
            assigned(made).for_each(|leaf| visit(leaf, &scope(position)));
            let statements = change.change.update().into_iter();
            let statements = statements.flat_map(|update| update.statements());
            statements.for_each(|leaf| visit(leaf, &scope(Position::Update)));
        }
    }
}

fn assigned(assignments: &[Assignment]) -> impl Iterator<Item = &Leaf> {
    assignments
        .iter()
        .filter_map(|assignment| match &assignment.from {
            Origin::Leaf(leaf) => Some(leaf),
            Origin::Command(_) | Origin::State(_) | Origin::Event(_) | Origin::Status(_) => None,
        })
}

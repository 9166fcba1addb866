//! Changes that are declared and not yet published: what they are, and whom they concern.

use super::{
    super::{
        diff::{Comparison, Owner as Compared, listed, named},
        finding::{Finding, Owner, severity_of},
        history::{
            EventHistory, Field, History, Hop, Kind, Shape, Step, TypeHistory, TypeVersion, Version,
        },
        types::Users,
    },
    BothEvents,
};
use crate::{
    diagnostic::{Code, Diagnostic, Severity},
    source::Span,
};
use std::collections::HashMap;

/// The drafts of an event that was published before.
pub(super) fn check_event<'h>(
    findings: &mut Vec<Finding>,
    types: &mut Comparison<'h>,
    both: &BothEvents<'h>,
) {
    let published = both.locked.versions.len();
    let Some(last) = both.locked.versions.last() else {
        return;
    };
    let versions = &both.declared.versions;
    for place in published.max(1)..versions.len() {
        let (before, now) = (&versions[place - 1], &versions[place]);
        let draft = Draft {
            owner: both.owner,
            name: &both.declared.name,
            number: now.number,
            place: now.place,
            locked: last.place,
            is_read_before: now.reads_as < now.number,
            users: String::new(),
        };
        let (before, now_fields) = (
            before.fields.as_deref().unwrap_or_default(),
            now.fields.as_deref().unwrap_or_default(),
        );
        draft.check(findings, types, now.hop.as_ref(), before, now_fields);
        check_reserved(findings, &draft, both.declared, place);
    }
}

/// A new field does not have the name of one that was removed.
fn check_reserved(
    findings: &mut Vec<Finding>,
    draft: &Draft<'_>,
    event: &EventHistory,
    place: usize,
) {
    let steps = |version: &Version| {
        version
            .hop
            .as_ref()
            .map_or_else(Vec::new, |hop| hop.steps.clone())
    };
    let removed: Vec<String> = event.versions[..place]
        .iter()
        .flat_map(steps)
        .filter_map(|step| match step {
            Step::Remove { field } => Some(field),
            _ => None,
        })
        .collect();
    for step in steps(&event.versions[place]) {
        let (Step::Add { field, .. } | Step::Rename { to: field, .. } | Step::Nest { field, .. }) =
            step
        else {
            continue;
        };
        if removed.contains(&field) {
            let message = format!(
                "the field `{field}` of `{}` has the name of a field that was removed",
                draft.name
            );
            let diagnostic = Diagnostic::new(Code::FieldNameReused, draft.place, message)
                .label(format!("events that are stored with the removed `{field}` would be misread by a release before this one"))
                .other(draft.locked, "published up to here")
                .hint("take another name: that of a removed field stays with it");
            findings.push(Finding::new(draft.owner, diagnostic));
        }
    }
}

/// The drafts of types that published events use.
pub(super) fn check_types<'h>(
    findings: &mut Vec<Finding>,
    types: &mut Comparison<'h>,
    locked: &History,
    declared: &'h History,
) {
    let mut users = Users::of(declared);
    let published: HashMap<&str, &TypeHistory> = locked
        .types
        .iter()
        .map(|ty| (ty.name.as_str(), ty))
        .collect();
    for (t, now) in declared.types.iter().enumerate() {
        let Some(before) = published.get(now.name.as_str()) else {
            continue;
        };
        let Some(last) = before.versions.last() else {
            continue;
        };
        for place in before.versions.len().max(1)..now.versions.len() {
            let (older, version) = (&now.versions[place - 1], &now.versions[place]);
            let steps = version.hop.as_ref().map_or(&[][..], |hop| &hop.steps);
            let is_read_before = steps.iter().all(|step| matches!(step, Step::Add { .. }));
            let draft = Draft {
                owner: Owner::Type(t),
                name: &now.name,
                number: version.number,
                place: version.place,
                locked: last.place,
                is_read_before,
                users: users.said((&now.name, version.number)),
            };
            draft.check(
                findings,
                types,
                version.hop.as_ref(),
                fields(older),
                fields(version),
            );
        }
    }
}

fn fields(version: &TypeVersion) -> &[Field] {
    match &version.kind {
        Kind::Fields(fields) => fields,
        _ => &[],
    }
}

/// A version that is declared and not published.
struct Draft<'h> {
    owner: Owner,
    name: &'h str,
    number: u16,
    place: Span,
    locked: Span,
    /// Whether a release that knows the version before can read it.
    is_read_before: bool,
    users: String,
}

impl<'h> Draft<'h> {
    fn check(
        &self,
        findings: &mut Vec<Finding>,
        types: &mut Comparison<'h>,
        hop: Option<&'h Hop>,
        before: &'h [Field],
        now: &'h [Field],
    ) {
        for step in hop.map_or(&[][..], |hop| &hop.steps) {
            match step {
                Step::Add { field, value } => {
                    let is_option = named(now, field)
                        .is_some_and(|field| matches!(field.shape, Shape::Option(_)));
                    if is_option && value == "None" {
                        self.say(
                            findings,
                            Code::FieldAddedOptional,
                            format!("has a new field `{field}`, that older events do not have"),
                        );
                    } else {
                        self.say(
                            findings,
                            Code::FieldAddedWithDefault,
                            format!("has a new field `{field}`, that is `{value}` in older events"),
                        );
                    }
                }
                Step::Remove { field } => self.say(
                    findings,
                    Code::FieldRemoved,
                    format!("has no field `{field}` any more"),
                ),
                Step::Rename { from, to } => self.say(
                    findings,
                    Code::FieldRenamed,
                    format!("calls its field `{from}` `{to}`"),
                ),
                Step::Retype { field, .. } => {
                    self.retype(findings, types, named(before, field), named(now, field))
                }
                Step::Wrap { field } => {
                    let is_option = named(now, field)
                        .is_some_and(|field| matches!(field.shape, Shape::Option(_)));
                    let (rule, what) = if is_option {
                        (Code::FieldBecameOptional, "an option")
                    } else {
                        (Code::FieldBecameList, "a list")
                    };
                    self.say(findings, rule, format!("has {what} in its field `{field}`"));
                }
                Step::Nest { field, .. } => self.say(
                    findings,
                    Code::FieldsNested,
                    format!("has the parts of `{field}` in a value object"),
                ),
                Step::Flatten { field, .. } => self.say(
                    findings,
                    Code::FieldsFlattened,
                    format!("has the parts of `{field}` side by side"),
                ),
                Step::Map {
                    field: Some(field), ..
                } => self.say(
                    findings,
                    Code::EnumValueRemoved,
                    format!("has other values in its field `{field}`"),
                ),
                Step::Map {
                    field: None,
                    values,
                } => {
                    let gone: Vec<String> = values.iter().map(|(was, _)| was.clone()).collect();
                    self.say(
                        findings,
                        Code::EnumValueRemoved,
                        format!("has no {} any more", listed(&gone)),
                    );
                }
                Step::AddSymbols(symbols) => self.say(
                    findings,
                    Code::EnumValueAdded,
                    format!("has {} as well", listed(symbols)),
                ),
                // Said where the type is declared.
                Step::Follows(_) => {}
                Step::Split { into } => self.say(
                    findings,
                    Code::EventSplit,
                    format!("becomes {}", listed(into)),
                ),
                Step::ByHand => self.by_hand(findings, types, before, now),
            }
        }
    }

    /// A field that is of another type.
    fn retype(
        &self,
        findings: &mut Vec<Finding>,
        types: &mut Comparison<'h>,
        before: Option<&'h Field>,
        now: Option<&'h Field>,
    ) {
        let (Some(before), Some(now)) = (before, now) else {
            return;
        };
        let rule = types.rule(&before.shape, &now.shape);
        // What is stored in the same way holds at least what it held.
        let rule = rule.unwrap_or(Code::FieldTypeWidened);
        self.say(
            findings,
            rule,
            format!(
                "has a `{}` in its field `{}`, where a `{}` was",
                now.shape.to_rust(),
                now.name,
                before.shape.to_rust()
            ),
        );
    }

    /// Whatever the user's code knows: what differs is told.
    fn by_hand(
        &self,
        findings: &mut Vec<Finding>,
        types: &mut Comparison<'h>,
        before: &'h [Field],
        now: &'h [Field],
    ) {
        let owner = Compared {
            name: self.name,
            place: self.place,
            locked: self.locked,
            reserved: &[],
        };
        for change in types.event(owner, before, now) {
            findings.push(Finding::new(
                self.owner,
                self.diagnostic(change.rule, change.message),
            ));
        }
    }

    fn say(&self, findings: &mut Vec<Finding>, rule: Code, what: String) {
        let message = format!("version {} of `{}` {what}", self.number, self.name);
        findings.push(Finding::new(self.owner, self.diagnostic(rule, message)));
    }

    fn diagnostic(&self, rule: Code, message: String) -> Diagnostic {
        let diagnostic = Diagnostic::new(rule, self.place, message + &self.users)
            .other(self.locked, "published up to here");
        if rule == Code::FieldTypeLossy {
            // An expression makes it readable, and nothing makes it mean what it meant.
            return diagnostic
                .label("stored values lose something when they are read")
                .hint("keep the type, or accept the loss by `allow: [{ rule: field-type-lossy, reason: … }]`");
        }
        let severity = severity_of(self.is_read_before);
        let diagnostic = diagnostic.severity(severity);
        if severity == Severity::Info {
            diagnostic.label("a release before this one reads it as it did")
        } else {
            diagnostic
                .label("a release before this one cannot read it")
                .hint("bring out the release that reads it everywhere before one writes it; where that is so, accept it by `allow`")
        }
    }
}

//! What the rules find, and what the schema says about it: levels that are changed, findings that are accepted.

use super::{
    history::{Allow, History},
    repair::Repair,
};
use crate::{
    diagnostic::{Code, Diagnostic, Diagnostics, Severity, shown},
    model::Level,
    source::{Span, Spanned},
};

/// Whose finding one is, and who may therefore accept it: places in the declared history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Owner {
    /// Nobody's.
    Domain,
    /// An aggregate's.
    Aggregate(usize),
    /// That of an event, which its aggregate may accept as well.
    Event(usize, usize),
    /// A type's.
    Type(usize),
}

/// Something that a rule has found.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) diagnostic: Diagnostic,
    pub(super) owner: Owner,
    /// The version that should have been another one, where a shape has changed without an entry.
    pub(super) unbumped: Option<u16>,
    pub(super) repair: Option<Repair>,
}

impl Finding {
    pub(super) fn new(owner: Owner, diagnostic: Diagnostic) -> Self {
        Self {
            diagnostic,
            owner,
            unbumped: None,
            repair: None,
        }
    }
}

impl Code {
    /// Whether nobody may change its level: without it a lock would say something else than the store.
    fn is_fixed(self) -> bool {
        use Code as C;
        matches!(
            self,
            C::VersionNotBumped
                | C::VersionDecreased
                | C::VersionGap
                | C::HistoryRewritten
                | C::LockUnreadable
                | C::LockStale
                | C::AllowUnused
                | C::AllowWithoutReason
                | C::UnknownRule
        )
    }
}

/// What the schema says about findings.
pub(super) struct Verdicts<'h> {
    levels: Vec<(Code, Severity)>,
    accepted: Vec<Accepted<'h>>,
}

/// A finding that is accepted somewhere.
struct Accepted<'h> {
    owner: Owner,
    rule: Code,
    allow: &'h Allow,
    is_used: bool,
}

impl<'h> Verdicts<'h> {
    /// Reads what the schema says; what makes no sense in it is reported.
    pub(super) fn of(cx: &mut Diagnostics, declared: &'h History, levels: &[Level]) -> Self {
        let changed = levels.iter().filter_map(|level| {
            let rule = rule(cx, &level.rule.value, level.rule.span);
            Some((rule?, severity(cx, &level.level)?))
        });
        let levels = changed.collect();
        let mut accepted = Vec::new();
        let mut take_in = |owner, allowed: &'h [Allow]| {
            for allow in allowed {
                if allow
                    .reason
                    .as_ref()
                    .is_none_or(|reason| reason.trim().is_empty())
                {
                    let message =
                        format!("`{}` is accepted, and nothing says why", shown(&allow.rule));
                    cx.report(
                        Diagnostic::new(Code::AllowWithoutReason, allow.place, message)
                            .hint("write `{ rule: …, reason: … }`, for whoever asks in a year"),
                    );
                }
                if let Some(rule) = rule(cx, &allow.rule, allow.place) {
                    accepted.push(Accepted {
                        owner,
                        rule,
                        allow,
                        is_used: false,
                    });
                }
            }
        };
        for (a, aggregate) in declared.aggregates.iter().enumerate() {
            take_in(Owner::Aggregate(a), &aggregate.allow);
            for (e, event) in aggregate.events.iter().enumerate() {
                take_in(Owner::Event(a, e), &event.allow);
            }
        }
        for (t, ty) in declared.types.iter().enumerate() {
            take_in(Owner::Type(t), &ty.allow);
        }
        Self { levels, accepted }
    }

    /// Gives a finding the level that it has here; nothing is left of one that is accepted or off.
    pub(super) fn apply(&mut self, mut finding: Finding) -> Option<Finding> {
        let rule = finding.diagnostic.code;
        if let Some((_, level)) = self.levels.iter().find(|(changed, _)| *changed == rule) {
            finding.diagnostic.severity = *level;
        }
        if self.accepts(finding.owner, rule) {
            finding.diagnostic.severity = Severity::Off;
        }
        if let Some(version) = finding.unbumped {
            let message = &mut finding.diagnostic.message;
            message.push_str(&format!(", and its version is still {version}"));
            // Whatever is thought of the change, it is one, and takes a version.
            if finding.diagnostic.severity != Severity::Error {
                finding.diagnostic.code = Code::VersionNotBumped;
                finding.diagnostic.severity = Severity::Error;
            }
        }
        (finding.diagnostic.severity != Severity::Off).then_some(finding)
    }

    fn accepts(&mut self, owner: Owner, rule: Code) -> bool {
        let outer = match owner {
            Owner::Event(aggregate, _) => Owner::Aggregate(aggregate),
            owner => owner,
        };
        let mut is_accepted = false;
        for accepted in &mut self.accepted {
            if accepted.rule == rule && (accepted.owner == owner || accepted.owner == outer) {
                accepted.is_used = true;
                is_accepted = true;
            }
        }
        is_accepted
    }

    /// Reports what is accepted and was not found.
    pub(super) fn finish(self, cx: &mut Diagnostics) {
        for accepted in self.accepted.iter().filter(|accepted| !accepted.is_used) {
            let message = format!(
                "`{}` is accepted here, and is not found any more",
                accepted.rule.as_str()
            );
            cx.report(
                Diagnostic::new(Code::AllowUnused, accepted.allow.place, message)
                    .hint("take it away: what it was for is published, or repaired"),
            );
        }
    }
}

/// The rule of that name, if its level may be changed; else that is reported.
fn rule(cx: &mut Diagnostics, name: &str, place: Span) -> Option<Code> {
    let rules = Code::ALL.iter().filter(|code| code.axis().is_some());
    let open = rules
        .clone()
        .filter(|code| !code.is_fixed() && code.severity() != Severity::Off);
    let known = rules.clone().find(|code| code.as_str() == name);
    let (message, hint) = match known {
        Some(rule) if rule.is_fixed() => (
            format!("`{name}` cannot be changed or accepted"),
            Some("a lock that is not true is of no use to anybody".to_owned()),
        ),
        Some(rule) if rule.severity() == Severity::Off => (
            format!("`{name}` is off: there is no schema yet that could break it"),
            Some(format!("see `es-codegen explain {name}`")),
        ),
        Some(rule) => return Some(*rule),
        None => (
            format!("no rule is called `{}`", shown(name)),
            cx.did_you_mean(name, open.map(|code| code.as_str())),
        ),
    };
    cx.report(Diagnostic::new(Code::UnknownRule, place, message).maybe_hint(hint));
    None
}

/// The level of that name; where there is none, that is reported.
fn severity(cx: &mut Diagnostics, level: &Spanned<String>) -> Option<Severity> {
    Some(match level.value.as_str() {
        "deny" => Severity::Error,
        "warn" => Severity::Warning,
        "info" => Severity::Info,
        "off" => Severity::Off,
        other => {
            let message = format!("no level is called `{}`", shown(other));
            let hint = cx.did_you_mean(other, ["deny", "warn", "info", "off"]);
            cx.report(Diagnostic::new(Code::UnknownValue, level.span, message).maybe_hint(hint));
            return None;
        }
    })
}

/// A finding about something that is declared, and needs no more than to be known.
pub(super) fn severity_of(is_read_before: bool) -> Severity {
    if is_read_before {
        Severity::Info
    } else {
        Severity::Warning
    }
}

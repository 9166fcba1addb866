//! What is stored otherwise: two histories are held against each other, field by field and type by type.

use super::{
    history::{Content, Field, History, Kind, Shape, Symbol, TypeVersion, Variant},
    repair::{Step, entry},
    types::{Types, Versioned, are_equal, are_equal_fields},
};
use crate::{
    diagnostic::{Code, Diagnostics},
    source::Span,
};
use std::collections::{HashMap, hash_map::Entry};

/// One thing that is stored otherwise.
#[derive(Debug, Clone)]
pub(super) struct Change {
    /// The rule that it falls under.
    pub(super) rule: Code,
    /// What has changed.
    pub(super) message: String,
    /// The field that is gone, where one is.
    field: Option<String>,
    /// What that would do to stored events.
    pub(super) effect: String,
    /// The way out.
    pub(super) hint: String,
    /// Where it is declared.
    pub(super) place: Span,
    /// Where it was published.
    pub(super) locked: Span,
    /// Whether stored shapes differ, so that it takes a version.
    pub(super) is_shape: bool,
    /// The step that says it, where it follows from the shapes alone.
    pub(super) step: Option<Step>,
}

impl Change {
    /// Whether it is that this field is gone.
    pub(super) fn removes(&self, field: &str) -> bool {
        self.rule == Code::FieldRemoved && self.field.as_deref() == Some(field)
    }
}

/// A thing whose parts are compared.
#[derive(Clone, Copy)]
pub(super) struct Owner<'h> {
    /// What it is called now.
    pub(super) name: &'h str,
    /// Where it is declared.
    pub(super) place: Span,
    /// Where it was published.
    pub(super) locked: Span,
    /// Names that fields of it had before, and have no more.
    pub(super) reserved: &'h [&'h str],
}

/// Compares what was published with what is declared; each type once.
pub(super) struct Comparison<'h> {
    locked: Types<'h>,
    declared: Types<'h>,
    pairs: Vec<Pair<'h>>,
    /// The place of each pair among them.
    places: HashMap<(Versioned<'h>, Versioned<'h>), usize>,
}

/// A type as it was published, and as it is declared.
pub(super) struct Pair<'h> {
    locked: Versioned<'h>,
    declared: Versioned<'h>,
    /// How they differ.
    pub(super) changes: Vec<Change>,
}

impl<'h> Pair<'h> {
    /// The version that was published.
    pub(super) fn published(&self) -> Versioned<'h> {
        self.locked
    }

    /// What the type is called now.
    pub(super) fn name(&self) -> &str {
        self.declared.0
    }
}

/// How two shapes differ.
struct Verdict {
    rule: Code,
    effect: String,
    hint: String,
    step: fn(&str, &Shape) -> Option<Step>,
    /// The type that has changed where it stands, be it the key of a map.
    unfollowed: Option<String>,
}

impl<'h> Comparison<'h> {
    pub(super) fn new(locked: &'h History, declared: &'h History) -> Self {
        Self {
            locked: Types::of(locked),
            declared: Types::of(declared),
            pairs: Vec::new(),
            places: HashMap::new(),
        }
    }

    /// The types that were met.
    pub(super) fn pairs(&self) -> &[Pair<'h>] {
        &self.pairs
    }

    /// How the fields of a version of an event differ.
    pub(super) fn event(
        &mut self,
        owner: Owner<'_>,
        locked: &'h [Field],
        declared: &'h [Field],
    ) -> Vec<Change> {
        let known = self.pairs.len();
        let changes = self.fields(owner, locked, declared);
        // The types that are met on the way, and those in them.
        let mut place = known;
        while place < self.pairs.len() {
            let (before, now) = (self.pairs[place].locked, self.pairs[place].declared);
            if let (Some(version), Some(declared)) =
                (self.locked.get(before), self.declared.get(now))
            {
                self.pairs[place].changes = self.kinds(now.0, version, declared);
            }
            place += 1;
        }
        changes
    }

    /// How two lists of fields differ.
    fn fields(
        &mut self,
        owner: Owner<'_>,
        locked: &'h [Field],
        declared: &'h [Field],
    ) -> Vec<Change> {
        let mut changes = Vec::new();
        for field in declared {
            if let Some(before) = named(locked, &field.name)
                && let Some(verdict) = self.shape(&before.shape, &field.shape)
            {
                changes.push(retyped(owner, before, field, verdict));
            }
        }
        let mut gone: Vec<&'h Field> = without(locked, declared);
        let mut new: Vec<&'h Field> = without(declared, locked);
        self.find_nested(owner, &mut gone, &mut new, &mut changes);
        self.find_flattened(owner, &mut gone, &mut new, &mut changes);
        self.find_respelt(owner, &mut gone, &mut new, &mut changes);
        for field in &gone {
            let (now, is_twin) = self.other(field, &new, |one, other| (one, other));
            let hint = now.map(|now| self.rename_hint(field, now, is_twin));
            changes.push(removed(owner, field, hint));
        }
        for field in &new {
            let (before, is_twin) = self.other(field, &gone, |one, other| (other, one));
            let hint = before.map(|before| self.rename_hint(before, field, is_twin));
            changes.push(added(owner, field, hint));
        }
        // What came may be what went: only people know, and an entry that says half of it would be in their way.
        if !gone.is_empty() && !new.is_empty() {
            for change in &mut changes {
                change.step = None;
            }
        }
        changes
    }

    /// The one of some fields that a field was or became, if it was or became any; and whether it is its twin.
    fn other<'f>(
        &self,
        field: &'f Field,
        others: &[&'f Field],
        locked_first: fn(&'f Shape, &'f Shape) -> (&'f Shape, &'f Shape),
    ) -> (Option<&'f Field>, bool) {
        if let Some(twin) = self.twin(field, others, locked_first) {
            return (Some(twin), true);
        }
        let same = others.iter().copied().find(|other| {
            let (locked, declared) = locked_first(&field.shape, &other.shape);
            self.equal(locked, declared)
        });
        (same.or_else(|| others.first().copied()), false)
    }

    /// The way out where a field went and another came: it is one and the same, or they are two.
    fn rename_hint(&self, before: &Field, now: &Field, is_twin: bool) -> String {
        let (one, other) = (&before.name, &now.name);
        let rename = Step::Rename(one.clone(), other.clone());
        let shapes = (
            self.locked.transparent(&before.shape),
            self.declared.transparent(&now.shape),
        );
        let renamed = match self.verdict(shapes.0, shapes.1) {
            None => entry(&[rename]),
            Some(verdict) => match (verdict.step)(other, &before.shape) {
                Some(step) => format!("{}, {}", entry(&[rename]), entry(&[step])),
                None => format!(
                    "{}, {{ retype: {{ {other}: {{ from: {}, with: … }} }} }}",
                    entry(&[rename]),
                    before.shape.to_rust()
                ),
            },
        };
        let value = match now.shape {
            Shape::Option(_) => "None",
            _ => "…",
        };
        let ty = before.shape.to_rust();
        let two = format!("{{ remove: {{ {one}: {ty} }}, add: {{ {other}: {value} }} }}");
        let condition = if is_twin {
            format!(
                "`{one}` and `{other}` have the same type and similar names: if one became the other"
            )
        } else {
            format!("if `{one}` became `{other}`")
        };
        format!(
            "{condition}, write `{renamed}` under its `changes`; if they are two things, `{two}`"
        )
    }

    /// The one of some fields that has the same type and a similar name.
    fn twin<'f>(
        &self,
        field: &'f Field,
        others: &[&'f Field],
        locked_first: fn(&'f Shape, &'f Shape) -> (&'f Shape, &'f Shape),
    ) -> Option<&'f Field> {
        let same: Vec<&Field> = others
            .iter()
            .filter(|other| {
                let (locked, declared) = locked_first(&field.shape, &other.shape);
                self.equal(locked, declared)
            })
            .copied()
            .collect();
        let names: Vec<&str> = same.iter().map(|field| field.name.as_str()).collect();
        let similar = Diagnostics::new().similar(&field.name, &names);
        let contains = |other: &&&Field| {
            let (one, other) = (letters(&field.name), letters(&other.name));
            one.len().min(other.len()) > 2 && (one.contains(&other) || other.contains(&one))
        };
        match similar {
            Some(similar) => same.iter().find(|field| field.name == similar).copied(),
            None => same.iter().find(contains).copied(),
        }
    }

    /// Fields that are gone, and are the parts of a new one.
    fn find_nested(
        &self,
        owner: Owner<'_>,
        gone: &mut Vec<&'h Field>,
        new: &mut Vec<&'h Field>,
        changes: &mut Vec<Change>,
    ) {
        new.retain(|field| {
            let Some(parts) = self.declared.object(&field.shape) else {
                return true;
            };
            let was = |part: &Field| {
                gone.iter()
                    .any(|gone| gone.name == part.name && self.equal(&gone.shape, &part.shape))
            };
            if parts.is_empty() || !parts.iter().all(was) {
                return true;
            }
            gone.retain(|gone| named(parts, &gone.name).is_none());
            let names: Vec<String> = parts.iter().map(|part| part.name.clone()).collect();
            changes.push(Change {
                rule: Code::FieldsNested,
                message: format!(
                    "{} of `{}` became parts of `{}`",
                    listed(&names),
                    owner.name,
                    field.name
                ),
                effect: "stored events have them side by side, and could not be read".to_owned(),
                hint: format!(
                    "write `{{ nest: {{ {}: [{}] }} }}` under its `changes`",
                    field.name,
                    names.join(", ")
                ),
                place: field.place,
                locked: owner.locked,
                field: None,
                is_shape: true,
                step: Some(Step::Nest(field.name.clone(), names)),
            });
            false
        });
    }

    /// A field that is gone, and whose parts are new fields.
    fn find_flattened(
        &self,
        owner: Owner<'_>,
        gone: &mut Vec<&'h Field>,
        new: &mut Vec<&'h Field>,
        changes: &mut Vec<Change>,
    ) {
        gone.retain(|field| {
            let Some(parts) = self.locked.object(&field.shape) else {
                return true;
            };
            let is = |part: &Field| {
                new.iter()
                    .any(|new| new.name == part.name && self.equal(&part.shape, &new.shape))
            };
            if parts.is_empty() || !parts.iter().all(is) {
                return true;
            }
            let place = new
                .iter()
                .find(|new| named(parts, &new.name).is_some())
                .map_or(owner.place, |new| new.place);
            new.retain(|new| named(parts, &new.name).is_none());
            changes.push(Change {
                rule: Code::FieldsFlattened,
                message: format!(
                    "the parts of `{}` became fields of `{}`",
                    field.name, owner.name
                ),
                effect: "stored events have them in a value object, and could not be read"
                    .to_owned(),
                hint: format!(
                    "write `{{ flatten: {{ {}: {} }} }}` under its `changes`",
                    field.name,
                    field.shape.to_rust()
                ),
                place,
                locked: owner.locked,
                field: None,
                is_shape: true,
                step: Some(Step::Flatten(field.name.clone(), field.shape.to_rust())),
            });
            false
        });
    }

    /// Fields whose stored names are spelt otherwise: `carrierName`, `carrier_name`.
    fn find_respelt(
        &self,
        owner: Owner<'_>,
        gone: &mut Vec<&'h Field>,
        new: &mut Vec<&'h Field>,
        changes: &mut Vec<Change>,
    ) {
        new.retain(|field| {
            let before = gone.iter().position(|gone| {
                letters(&gone.name) == letters(&field.name)
                    && self.equal(&gone.shape, &field.shape)
            });
            let Some(before) = before else { return true };
            let before = gone.remove(before);
            changes.push(Change {
                rule: Code::FieldWireNameChanged,
                message: format!(
                    "the field `{}` of `{}` is stored as `{}` now",
                    before.name, owner.name, field.name
                ),
                effect: format!(
                    "stored events have it as `{}`, and it would not be found",
                    before.name
                ),
                hint: format!(
                    "keep the stored name, by `wire: {0}`, or write `{{ rename: {{ {0}: {1} }} }}` under its `changes`",
                    before.name, field.name
                ),
                place: field.place,
                locked: owner.locked,
                field: None,
                is_shape: true,
                step: Some(Step::Rename(before.name.clone(), field.name.clone())),
            });
            false
        });
    }

    /// How two shapes differ; types of one name are told apart once, and the pair of them goes into `met`.
    fn shape(&mut self, locked: &'h Shape, declared: &'h Shape) -> Option<Verdict> {
        if let (Shape::Type(one, before), Shape::Type(other, now)) = (locked, declared)
            && one == other
        {
            if before != now && !self.equal(locked, declared) {
                return Some(unfollowed(one));
            }
            self.meet((one, *before), (other, *now));
            return None;
        }
        let locked = self.locked.transparent(locked);
        let declared = self.declared.transparent(declared);
        match (locked, declared) {
            (Shape::Option(one), Shape::Option(other))
            | (Shape::Vec(one), Shape::Vec(other))
            | (Shape::Set(one), Shape::Set(other)) => self.shape(one, other),
            (Shape::Map(key, held), Shape::Map(other_key, other_held)) => self
                .shape(key, other_key)
                .or_else(|| self.shape(held, other_held)),
            (Shape::Items(ones), Shape::Items(others)) if ones.len() == others.len() => {
                let mut items = ones.iter().zip(others);
                items.find_map(|(one, other)| self.shape(one, other))
            }
            _ => self.verdict(locked, declared),
        }
    }

    /// How two shapes of different kinds differ.
    fn verdict(&self, locked: &Shape, declared: &Shape) -> Option<Verdict> {
        if self.equal(locked, declared) {
            return None;
        }
        let is_same = |one: &Shape, other: &Shape| self.equal(one, other);
        let verdict = match (locked, declared) {
            (Shape::Option(_), Shape::Option(_)) => type_changed(),
            (Shape::Option(held), other) if is_same(held, other) => became_required(),
            (one, Shape::Option(held)) if is_same(one, held) => became_optional(),
            (Shape::Set(one), Shape::Vec(other)) if is_same(one, other) => widened(),
            (Shape::Vec(one), Shape::Set(other)) if is_same(one, other) => {
                lossy("repetitions and their order are lost when stored lists are read")
            }
            (one, Shape::Vec(held) | Shape::Set(held)) if is_same(one, held) => became_list(),
            (Shape::Vec(held) | Shape::Set(held), other) if is_same(held, other) => became_single(),
            (Shape::Leaf(one), Shape::Leaf(other)) => leaf(one, other),
            _ => type_changed(),
        };
        Some(verdict)
    }

    /// Takes in a type as it was published and as it is declared, to be compared.
    fn meet(&mut self, locked: Versioned<'h>, declared: Versioned<'h>) {
        if let Entry::Vacant(place) = self.places.entry((locked, declared)) {
            place.insert(self.pairs.len());
            self.pairs.push(Pair {
                locked,
                declared,
                changes: Vec::new(),
            });
        }
    }

    /// How two types differ.
    fn kinds(
        &mut self,
        name: &'h str,
        before: &'h TypeVersion,
        now: &'h TypeVersion,
    ) -> Vec<Change> {
        let owner = Owner {
            name,
            place: now.place,
            locked: before.place,
            reserved: &[],
        };
        match (&before.kind, &now.kind) {
            (Kind::Fields(one), Kind::Fields(other)) => self.fields(owner, one, other),
            (Kind::Symbols(one), Kind::Symbols(other)) => symbols(owner, one, other),
            (Kind::Union(one), Kind::Union(other)) => self.variants(owner, one, other),
            (Kind::Symbols(_), Kind::Union(_)) => {
                vec![variant_reshaped(owner, format!("`{name}` was an enum, and is a union"))]
            }
            (Kind::Union(_), Kind::Symbols(_)) => {
                vec![variant_reshaped(owner, format!("`{name}` was a union, and is an enum"))]
            }
            (
                Kind::Newtype(one, _) | Kind::Own { wire: one, .. },
                Kind::Newtype(other, _) | Kind::Own { wire: other, .. },
            ) => {
                let verdict = self.shape(one, other);
                let reshaped = verdict.map(|verdict| reshaped(owner, one, other, verdict));
                let conditions = conditions(owner, &before.kind, &now.kind);
                reshaped.into_iter().chain(conditions).collect()
            }
            _ => vec![Change {
                rule: Code::FieldTypeChanged,
                message: format!("`{name}` is another kind of type now"),
                effect: "stored values of it could not be read".to_owned(),
                hint: "give what is new a type of its own, and say by `retype` in the events how old values become new ones".to_owned(),
                place: owner.place,
                locked: owner.locked,
                field: None,
                is_shape: true,
                step: None,
            }],
        }
    }

    /// How two lists of variants differ.
    fn variants(
        &mut self,
        owner: Owner<'_>,
        locked: &'h [Variant],
        declared: &'h [Variant],
    ) -> Vec<Change> {
        let plain = |variants: &[Variant]| -> Vec<Symbol> {
            let plain = variants.iter().map(|variant| Symbol {
                name: variant.name.clone(),
                was: variant.was.clone(),
            });
            plain.collect()
        };
        let mut changes = symbols(owner, &plain(locked), &plain(declared));
        for variant in declared {
            let before = locked
                .iter()
                .find(|before| is_read_as(&before.name, &variant.name, &variant.was));
            let Some(before) = before else { continue };
            let inner = Owner {
                name: &variant.name,
                ..owner
            };
            let is_empty = |content: &Content| content.shapes().is_empty();
            let (was, is) = (is_empty(&before.content), is_empty(&variant.content));
            let mut found = match (&before.content, &variant.content) {
                _ if was != is => {
                    let said = |is_empty| if is_empty { "nothing" } else { "something" };
                    let (was, is) = (said(was), said(is));
                    let name = &variant.name;
                    let message = format!(
                        "`{name}` of `{}` carried {was}, and carries {is}",
                        owner.name
                    );
                    changes.push(variant_reshaped(owner, message));
                    continue;
                }
                (Content::Fields(one), Content::Fields(other)) => self.fields(inner, one, other),
                (Content::Value(one), Content::Value(other)) => {
                    let verdict = self.shape(one, other);
                    let change = verdict.map(|verdict| reshaped(inner, one, other, verdict));
                    change.into_iter().collect()
                }
                (Content::Nothing, Content::Nothing) => continue,
                _ => {
                    let message = format!(
                        "`{}` of `{}` is stored in another form",
                        variant.name, owner.name
                    );
                    changes.push(variant_reshaped(owner, message));
                    continue;
                }
            };
            // The language has no steps within a variant.
            for change in &mut found {
                change.step = None;
                change.hint = BESIDE.to_owned();
            }
            changes.append(&mut found);
        }
        changes
    }

    /// The rule under which one shape becomes another, if they are stored otherwise.
    pub(super) fn rule(&mut self, locked: &'h Shape, declared: &'h Shape) -> Option<Code> {
        self.shape(locked, declared).map(|verdict| verdict.rule)
    }

    /// Whether two shapes are stored in the same way.
    pub(super) fn equal(&self, locked: &Shape, declared: &Shape) -> bool {
        are_equal((&self.locked, locked), (&self.declared, declared))
    }

    /// Whether two lists of fields are stored in the same way.
    pub(super) fn equal_fields(&self, locked: &[Field], declared: &[Field]) -> bool {
        are_equal_fields((&self.locked, locked), (&self.declared, declared))
    }
}

/// Whether what was stored under `stored` is read by something of this name.
pub(super) fn is_read_as(stored: &str, name: &str, was: &[String]) -> bool {
    stored == name || was.iter().any(|was| was == stored)
}

/// The field of that name.
pub(super) fn named<'f>(fields: &'f [Field], name: &str) -> Option<&'f Field> {
    fields.iter().find(|field| field.name == name)
}

/// The fields whose names the others do not have.
fn without<'f>(fields: &'f [Field], others: &[Field]) -> Vec<&'f Field> {
    let missing = fields
        .iter()
        .filter(|field| named(others, &field.name).is_none());
    missing.collect()
}

/// A name without what its spelling adds to it.
fn letters(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// `` `a`, `b` and `c` ``.
pub(super) fn listed(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
        None => String::new(),
    }
}

fn added(owner: Owner<'_>, field: &Field, rename: Option<String>) -> Change {
    let (name, ty) = (&field.name, field.shape.to_rust());
    let is_reused = owner.reserved.contains(&name.as_str());
    let is_optional = matches!(field.shape, Shape::Option(_));
    let step = (is_optional && !is_reused).then(|| Step::Add(name.clone(), "None".to_owned()));
    let (rule, what, effect, hint) = if is_reused {
        (
            Code::FieldNameReused,
            "has the name of a field that was removed",
            format!("events that are stored with the removed `{name}` would be misread"),
            "take another name: that of a removed field stays with it".to_owned(),
        )
    } else if is_optional {
        (
            Code::FieldAddedOptional,
            "is new",
            "older events do not have it, and are read with `None`".to_owned(),
            rename.unwrap_or_else(|| {
                format!("write `{{ add: {{ {name}: None }} }}` under its `changes`")
            }),
        )
    } else {
        (
            Code::FieldAddedRequired,
            "is new, and nothing says what it is in older events",
            "older events do not have it, and could not be read".to_owned(),
            rename.unwrap_or_else(|| {
                format!(
                    "write `{{ add: {{ {name}: … }} }}` under its `changes`, with the `{ty}` that older events have"
                )
            }),
        )
    };
    Change {
        rule,
        message: format!("the field `{name}` of `{}` {what}", owner.name),
        effect,
        hint,
        place: field.place,
        locked: owner.locked,
        field: None,
        is_shape: true,
        step,
    }
}

fn removed(owner: Owner<'_>, field: &Field, rename: Option<String>) -> Change {
    let (name, ty) = (&field.name, field.shape.to_rust());
    let hint = rename
        .unwrap_or_else(|| format!("write `{{ remove: {{ {name}: {ty} }} }}` under its `changes`"));
    Change {
        rule: Code::FieldRemoved,
        message: format!("the field `{name}` of `{}` is there no more", owner.name),
        effect: format!("stored events have `{name}`, and nobody would read it"),
        hint,
        place: owner.place,
        locked: owner.locked,
        field: Some(name.clone()),
        is_shape: true,
        step: Some(Step::Remove(name.clone(), ty)),
    }
}

fn retyped(owner: Owner<'_>, before: &Field, now: &Field, verdict: Verdict) -> Change {
    let name = &now.name;
    let (message, ty, step) = match verdict.unfollowed {
        Some(ty) => (
            format!("`{}` does not follow what `{ty}` has become", owner.name),
            ty.clone(),
            Some(Step::Follows(ty)),
        ),
        None => (
            format!(
                "the field `{name}` of `{}` held `{}`, and holds `{}`",
                owner.name,
                before.shape.to_rust(),
                now.shape.to_rust()
            ),
            now.shape.to_rust(),
            (verdict.step)(name, &before.shape),
        ),
    };
    let hint = verdict.hint.replace("FIELD", name);
    let hint = hint.replace("FROM", &before.shape.to_rust());
    Change {
        rule: verdict.rule,
        message,
        effect: verdict.effect,
        hint: hint.replace("TYPE", &ty),
        place: now.place,
        locked: owner.locked,
        field: None,
        is_shape: true,
        step,
    }
}

/// A newtype, or a type of the user's own, over something else.
fn reshaped(owner: Owner<'_>, before: &Shape, now: &Shape, verdict: Verdict) -> Change {
    Change {
        rule: verdict.rule,
        message: format!(
            "`{}` was stored as `{}`, and is stored as `{}`",
            owner.name,
            before.to_rust(),
            now.to_rust()
        ),
        effect: verdict.effect,
        hint: "give what is new a type of its own, and say by `retype` in the events how old values become new ones".to_owned(),
        place: owner.place,
        locked: owner.locked,
        field: None,
        is_shape: true,
        step: None,
    }
}

/// What is not stored, and says which values there are.
fn conditions(owner: Owner<'_>, before: &Kind, now: &Kind) -> Vec<Change> {
    let name = owner.name;
    let change = |rule, message, effect: &str, hint: &str| Change {
        rule,
        message,
        effect: effect.to_owned(),
        hint: hint.to_owned(),
        place: owner.place,
        locked: owner.locked,
        field: None,
        is_shape: false,
        step: None,
    };
    match (before, now) {
        (Kind::Newtype(_, Some(_)), Kind::Newtype(_, None)) => vec![change(
            Code::ConstraintLoosened,
            format!("the values of `{name}` have no condition any more"),
            "stored values met it, and are read as ever",
            "",
        )],
        (Kind::Newtype(_, before), Kind::Newtype(_, Some(now))) if before.as_ref() != Some(now) => {
            vec![change(
                Code::ConstraintTightened,
                format!("the values of `{name}` have another condition"),
                "stored values may not meet it; they are read all the same, and no command takes them",
                "look at what rules rely on it: a condition is never asked when events are read",
            )]
        }
        (Kind::Own { rust: before, .. }, Kind::Own { rust: now, .. }) if before != now => {
            vec![change(
                Code::CustomTypeRustChanged,
                format!("`{name}` was `{before}`, and is `{now}`"),
                "whether it reads what the other has written is not known from the schema",
                "run the tests: the samples of all published versions are read with it",
            )]
        }
        (Kind::Own { rust, .. }, Kind::Newtype(..))
        | (Kind::Newtype(..), Kind::Own { rust, .. }) => {
            vec![change(
                Code::CustomTypeRustChanged,
                format!("`{name}` is read by other code: `{rust}` is not its type before and now"),
                "whether it reads what the other has written is not known from the schema",
                "run the tests: the samples of all published versions are read with it",
            )]
        }
        _ => Vec::new(),
    }
}

/// How two lists of symbols differ.
fn symbols(owner: Owner<'_>, locked: &[Symbol], declared: &[Symbol]) -> Vec<Change> {
    let change = |rule, message, effect: String, hint, is_shape, step| Change {
        rule,
        message,
        effect,
        hint,
        place: owner.place,
        locked: owner.locked,
        field: None,
        is_shape,
        step,
    };
    let mut changes = Vec::new();
    let is_known = |symbol: &Symbol| {
        locked
            .iter()
            .any(|before| is_read_as(&before.name, &symbol.name, &symbol.was))
    };
    let new: Vec<&Symbol> = declared.iter().filter(|symbol| !is_known(symbol)).collect();
    let mut gone: Vec<&str> = Vec::new();
    for before in locked {
        let now = declared
            .iter()
            .find(|now| is_read_as(&before.name, &now.name, &now.was));
        let Some(now) = now else {
            let map = format!(
                "write `{{ map: {{ {}: … }} }}` under the `changes` of `{}`, with what it becomes",
                before.name, owner.name
            );
            let names: Vec<&str> = new.iter().map(|symbol| symbol.name.as_str()).collect();
            let similar = Diagnostics::new().similar(&before.name, &names);
            let hint = match similar.or(names.first().copied()) {
                Some(other) => format!(
                    "if `{}` is called `{other}` now, write `{other}: {{ was: [{0}] }}`; else {map}",
                    before.name
                ),
                None => map,
            };
            gone.push(before.name.as_str());
            changes.push(change(
                Code::EnumValueRemoved,
                format!("`{}` of `{}` is there no more", before.name, owner.name),
                format!(
                    "events that are stored with `{}` could not be read",
                    before.name
                ),
                hint,
                true,
                None,
            ));
            continue;
        };
        if now.name != before.name {
            changes.push(change(
                Code::EnumValueRenamed,
                format!(
                    "`{}` of `{}` is called `{}` now",
                    before.name, owner.name, now.name
                ),
                format!(
                    "`{}` is still read; a release before this one cannot read `{}`",
                    before.name, now.name
                ),
                String::new(),
                false,
                None,
            ));
        }
        for lost in before
            .was
            .iter()
            .filter(|was| !is_read_as(was, &now.name, &now.was))
        {
            changes.push(change(
                Code::EnumValueRemoved,
                format!(
                    "`{lost}`, as `{}` of `{}` was called before, is there no more",
                    before.name, owner.name
                ),
                format!("events that are stored with `{lost}` could not be read"),
                format!("write it under its `was` again: `was: [{lost}]`"),
                true,
                None,
            ));
        }
    }
    for symbol in new {
        let add = format!(
            "write `{{ add: [{}] }}` under the `changes` of `{}`",
            symbol.name, owner.name
        );
        let similar = Diagnostics::new().similar(&symbol.name, &gone);
        let hint = match similar.or(gone.first().copied()) {
            Some(other) => format!(
                "if it is what `{other}` was, write `{}: {{ was: [{other}] }}`; else {add}",
                symbol.name
            ),
            None => add,
        };
        // What came may be what went: only people know.
        let step = gone
            .is_empty()
            .then(|| Step::AddSymbol(symbol.name.clone()));
        changes.push(change(
            Code::EnumValueAdded,
            format!("`{}` of `{}` is new", symbol.name, owner.name),
            format!("a release before this one cannot read `{}`", symbol.name),
            hint,
            true,
            step,
        ));
    }
    changes
}

/// The way out where no step says what became of something.
const BESIDE: &str = "leave it as it was, and add another beside it";

fn variant_reshaped(owner: Owner<'_>, message: String) -> Change {
    Change {
        rule: Code::EnumVariantShapeChanged,
        message,
        effect: "stored values of it could not be read".to_owned(),
        hint: BESIDE.to_owned(),
        place: owner.place,
        locked: owner.locked,
        field: None,
        is_shape: true,
        step: None,
    }
}

fn no_step(_: &str, _: &Shape) -> Option<Step> {
    None
}

fn unfollowed(name: &str) -> Verdict {
    Verdict {
        rule: Code::VersionNotBumped,
        effect: "stored events hold what the type was before".to_owned(),
        hint: "write `{ follows: TYPE }` under its `changes`".to_owned(),
        step: no_step,
        unfollowed: Some(name.to_owned()),
    }
}

fn widened() -> Verdict {
    Verdict {
        rule: Code::FieldTypeWidened,
        effect: "stored values are read as they are; a release before this one cannot read all that is written now".to_owned(),
        hint: "write `{ retype: { FIELD: FROM } }` under its `changes`".to_owned(),
        step: |field, before| Some(Step::Retype(field.to_owned(), before.to_rust())),
        unfollowed: None,
    }
}

fn lossy(effect: &str) -> Verdict {
    Verdict {
        rule: Code::FieldTypeLossy,
        effect: effect.to_owned(),
        hint: "keep the type; where the loss is meant, write `{ retype: { FIELD: { from: FROM, with: … } } }` under its `changes`, and accept it by `allow: [{ rule: field-type-lossy, reason: … }]`".to_owned(),
        step: no_step,
        unfollowed: None,
    }
}

fn narrowed() -> Verdict {
    Verdict {
        rule: Code::FieldTypeNarrowed,
        effect: "stored values that do not fit could not be read".to_owned(),
        hint: "keep the type, or write `{ retype: { FIELD: { from: FROM, with: … } } }` under its `changes`, with what becomes of values that do not fit".to_owned(),
        step: no_step,
        unfollowed: None,
    }
}

fn type_changed() -> Verdict {
    Verdict {
        rule: Code::FieldTypeChanged,
        effect: "stored values could not be read".to_owned(),
        hint: "write `{ retype: { FIELD: { from: FROM, with: … } } }` under its `changes`, with how an old value becomes a `TYPE`".to_owned(),
        step: no_step,
        unfollowed: None,
    }
}

fn became_required() -> Verdict {
    Verdict {
        rule: Code::FieldBecameRequired,
        effect: "events that are stored without it could not be read".to_owned(),
        hint: "write `{ retype: { FIELD: { from: FROM, with: event.FIELD.unwrap_or(…) } } }` under its `changes`".to_owned(),
        step: no_step,
        unfollowed: None,
    }
}

fn became_optional() -> Verdict {
    Verdict {
        rule: Code::FieldBecameOptional,
        effect: "stored values are read as they are; a release before this one cannot read events without it".to_owned(),
        hint: "write `{ wrap: [FIELD] }` under its `changes`".to_owned(),
        step: |field, _| Some(Step::Wrap(field.to_owned())),
        unfollowed: None,
    }
}

fn became_list() -> Verdict {
    Verdict {
        rule: Code::FieldBecameList,
        effect: "stored events have one value, and could not be read as a list".to_owned(),
        hint: "write `{ wrap: [FIELD] }` under its `changes`: what was one becomes a list of one"
            .to_owned(),
        step: |field, _| Some(Step::Wrap(field.to_owned())),
        unfollowed: None,
    }
}

fn became_single() -> Verdict {
    Verdict {
        rule: Code::FieldBecameSingle,
        effect: "stored events have a list, and could not be read as one value".to_owned(),
        hint: "write `{ retype: { FIELD: { from: FROM, with: … } } }` under its `changes`, with the one that is meant".to_owned(),
        step: no_step,
        unfollowed: None,
    }
}

/// How two types of the language differ.
fn leaf(before: &str, now: &str) -> Verdict {
    match (integer(before), integer(now)) {
        (Some(one), Some(other)) if one.is_in(other) => widened(),
        (Some(_), Some(_)) => narrowed(),
        (Some(one), None) if now == "f64" => {
            if one.bits <= 32 {
                widened()
            } else {
                lossy("numbers above 2^53 are rounded when stored values are read")
            }
        }
        (None, Some(_)) if before == "f64" => narrowed(),
        _ => type_changed(),
    }
}

/// An integer type.
#[derive(Clone, Copy)]
struct Integer {
    is_signed: bool,
    bits: u16,
}

impl Integer {
    /// Whether the other holds all its values.
    fn is_in(self, other: Self) -> bool {
        if self.is_signed == other.is_signed {
            self.bits <= other.bits
        } else {
            other.is_signed && self.bits < other.bits
        }
    }
}

fn integer(name: &str) -> Option<Integer> {
    let (kind, bits) = name.split_at_checked(1)?;
    let is_signed = match kind {
        "i" => true,
        "u" => false,
        _ => return None,
    };
    let bits = bits.parse().ok()?;
    Some(Integer { is_signed, bits })
}

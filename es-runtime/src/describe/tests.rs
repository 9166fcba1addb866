//! Fingerprints of states and of rows.

use super::{
    Content, Describe, FieldDescription, ProjectedEvent, RowsDescription, StateDescription,
    shape_of,
};
use crate::commit::Fingerprint;
use crate::describe::{Shape, TypeDescription, TypeKind};
use crate::envelope::SchemaVersion;

const TWO: SchemaVersion = SchemaVersion::new(2);

const STATE: StateDescription = StateDescription::new(
    "account",
    Content::Fields(&[FieldDescription::new("weight", shape_of::<Weight>())]),
    &[
        ("opened", SchemaVersion::FIRST),
        ("closed", SchemaVersion::FIRST),
    ],
    "5f3c",
    1,
);

/// A type as it was described by one release, and by the next.
macro_rules! weight {
    ($name:ident, $inner:ty) => {
        struct $name;

        impl Describe for $name {
            const SHAPE: Shape = Shape::Type(&TypeDescription::new(
                "Weight",
                "scales",
                TypeKind::Struct(Content::Value(shape_of::<$inner>())),
            ));
        }
    };
}

weight!(Weight, u32);
weight!(WiderWeight, u64);

#[test]
fn whatever_makes_a_state_what_it_is_makes_another_fingerprint() {
    const OTHERS: &[StateDescription] = &[
        StateDescription {
            name: "Account",
            ..STATE
        },
        StateDescription {
            content: Content::Fields(&[]),
            ..STATE
        },
        StateDescription {
            content: Content::Fields(&[FieldDescription::new("Weight", shape_of::<Weight>())]),
            ..STATE
        },
        StateDescription {
            content: Content::Fields(&[FieldDescription::new(
                "weight",
                shape_of::<Option<Weight>>(),
            )]),
            ..STATE
        },
        // The type is called as before, and its own type has changed.
        StateDescription {
            content: Content::Fields(&[FieldDescription::new("weight", shape_of::<WiderWeight>())]),
            ..STATE
        },
        StateDescription {
            events: &[("opened", TWO), ("closed", SchemaVersion::FIRST)],
            ..STATE
        },
        StateDescription {
            events: &[("opened", SchemaVersion::FIRST)],
            ..STATE
        },
        StateDescription {
            rules: "5f3d",
            ..STATE
        },
        StateDescription {
            revision: 2,
            ..STATE
        },
    ];
    let mut all: Vec<u64> = OTHERS
        .iter()
        .chain([&STATE])
        .map(|state| state.fingerprint().get())
        .collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), OTHERS.len() + 1);
}

/// Snapshots outlive the release that has taken them.
#[test]
fn a_fingerprint_is_the_same_in_every_release() {
    assert_eq!(
        STATE.fingerprint(),
        Fingerprint::from_number(1_673_343_674_187_842_694)
    );
}

const ROWS: RowsDescription = RowsDescription::new(
    "balance",
    Content::Fields(&[]),
    &[],
    &[],
    &[DEPOSITED],
    "",
    1,
);

const DEPOSITED: ProjectedEvent = ProjectedEvent::new("account", "deposited", SchemaVersion::FIRST);

/// Of an aggregate of which other events are read as this one.
const fn part_of(split: &'static [(&'static str, SchemaVersion)]) -> ProjectedEvent {
    ProjectedEvent { split, ..DEPOSITED }
}

#[test]
fn rows_are_others_where_an_event_is_stored_otherwise_or_another_is_read_as_it() {
    const LATER: ProjectedEvent = ProjectedEvent {
        version: TWO,
        ..DEPOSITED
    };
    const OTHERS: &[&[ProjectedEvent]] = &[
        &[],
        &[LATER],
        &[part_of(&[("opened", SchemaVersion::FIRST)])],
        &[part_of(&[("opened", TWO)])],
        &[part_of(&[("closed", TWO)])],
    ];
    let rows = OTHERS
        .iter()
        .map(|events| RowsDescription { events, ..ROWS });
    let mut all: Vec<u64> = rows
        .chain([ROWS])
        .map(|rows| rows.fingerprint().get())
        .collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), OTHERS.len() + 1);

    // Under which names it was stored before is nothing to them.
    const RENAMED: ProjectedEvent = DEPOSITED.stored_before(&["paid in"]);
    let renamed = RowsDescription {
        events: &[RENAMED],
        ..ROWS
    };
    assert_eq!(renamed.fingerprint(), ROWS.fingerprint());
}

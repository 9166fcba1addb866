//! Finding the positions of events that match a query, by seeks in the indexes alone.
//!
//! A query becomes arms: one event type, carrying all tags of a list. Each arm gives its positions in order, and the
//! arms are merged. Several tags are matched by leaping: whoever is behind seeks to where the others stand, so that
//! the rarest tag decides how many seeks it takes, without anybody knowing which one it is.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use es_runtime::{Direction, EventType, Query, QueryItem};
use rusqlite::{Connection, OptionalExtension, Statement};

use crate::error::Trouble;
use crate::sql::{self, BothWays};

/// Which events a query means, in the numbers of this file.
#[derive(Debug)]
pub(crate) enum Plan {
    /// Every event.
    All,
    /// Those of any arm; none where there is no arm.
    Arms(Vec<Arm>),
}

/// Events of one type that carry all of these tags.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Arm {
    pub(crate) event_type: i64,
    pub(crate) tags: Vec<i64>,
}

/// Positions from `low` to `high`, both included.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) low: i64,
    pub(crate) high: i64,
}

/// The statements that look into the indexes.
pub(crate) struct Finder<'c> {
    find_category: Statement<'c>,
    find_event_type: Statement<'c>,
    find_tag_name: Statement<'c>,
    next_type_of_tag: Statement<'c>,
    positions_of_type: Pair<'c>,
    positions_of_tag: Pair<'c>,
}

/// A statement and its twin for the other direction.
pub(crate) struct Pair<'c> {
    forwards: Statement<'c>,
    backwards: Statement<'c>,
}

impl<'c> Pair<'c> {
    pub(crate) fn prepare(
        connection: &'c Connection,
        sql: &BothWays,
    ) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            forwards: sql::prepare(connection, sql.forwards)?,
            backwards: sql::prepare(connection, sql.backwards)?,
        })
    }

    pub(crate) fn towards(&mut self, direction: Direction) -> &mut Statement<'c> {
        match direction {
            Direction::Forwards => &mut self.forwards,
            Direction::Backwards => &mut self.backwards,
        }
    }
}

impl<'c> Finder<'c> {
    pub(crate) fn prepare(connection: &'c Connection) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            find_category: sql::prepare(connection, sql::FIND_CATEGORY)?,
            find_event_type: sql::prepare(connection, sql::FIND_EVENT_TYPE)?,
            find_tag_name: sql::prepare(connection, sql::FIND_TAG_NAME)?,
            next_type_of_tag: sql::prepare(connection, sql::NEXT_TYPE_OF_TAG)?,
            positions_of_type: Pair::prepare(connection, &sql::POSITIONS_OF_TYPE)?,
            positions_of_tag: Pair::prepare(connection, &sql::POSITIONS_OF_TAG)?,
        })
    }

    /// Resolves the names of a query. A name that was never stored matches nothing.
    pub(crate) fn plan(&mut self, query: &Query) -> Result<Plan, Trouble> {
        let mut arms = Vec::new();
        for item in &query.items {
            if item.types.is_empty() && item.tags.is_empty() {
                return Ok(Plan::All);
            }
            self.plan_item(item, &mut arms)?;
        }
        arms.sort_unstable();
        arms.dedup();
        Ok(Plan::Arms(arms))
    }

    fn plan_item(&mut self, item: &QueryItem, arms: &mut Vec<Arm>) -> Result<(), Trouble> {
        let mut tags = Vec::with_capacity(item.tags.len());
        for tag in &item.tags {
            let Some(tag) = find(&mut self.find_tag_name, [tag.as_str()])? else {
                return Ok(());
            };
            tags.push(tag);
        }
        tags.sort_unstable();
        tags.dedup();
        if item.types.is_empty() {
            let mut from = 0;
            while let Some(event_type) = self.next_type(&tags, from)? {
                arms.push(Arm {
                    event_type,
                    tags: tags.clone(),
                });
                from = event_type + 1;
            }
            return Ok(());
        }
        for event_type in &item.types {
            if let Some(event_type) = self.event_type(event_type)? {
                arms.push(Arm {
                    event_type,
                    tags: tags.clone(),
                });
            }
        }
        Ok(())
    }

    /// The number of an event type, if one was ever stored.
    fn event_type(&mut self, event_type: &EventType) -> Result<Option<i64>, Trouble> {
        match self.category(event_type.category.as_str())? {
            Some(category) => {
                let names = (category, event_type.name.as_str());
                Ok(find(&mut self.find_event_type, names)?)
            }
            None => Ok(None),
        }
    }

    /// The number of a category, if it was ever stored.
    pub(crate) fn category(&mut self, name: &str) -> Result<Option<i64>, rusqlite::Error> {
        find(&mut self.find_category, [name])
    }

    /// The first type from `from` on of which there are events with each of the tags.
    fn next_type(&mut self, tags: &[i64], from: i64) -> Result<Option<i64>, rusqlite::Error> {
        let next = &mut self.next_type_of_tag;
        leap(tags, from, |tag, from| find(next, [tag, from]))
    }

    /// The next positions of an arm within the bounds, `many` at most.
    fn positions(
        &mut self,
        arm: &Arm,
        bounds: Bounds,
        direction: Direction,
        many: usize,
        found: &mut VecDeque<i64>,
    ) -> Result<(), Trouble> {
        let Bounds { low, high } = bounds;
        match arm.tags.as_slice() {
            [] => {
                let positions = self.positions_of_type.towards(direction);
                take(positions, (arm.event_type, low, high), many, found)?;
            }
            [tag] => {
                let positions = self.positions_of_tag.towards(direction);
                take(positions, (*tag, arm.event_type, low, high), many, found)?;
            }
            tags => {
                let positions = self.positions_of_tag.towards(direction);
                // Backwards the keys are the negated positions, so that leaping always goes up.
                let position = match direction {
                    Direction::Forwards => leap(tags, low, |tag, low| {
                        find(positions, (tag, arm.event_type, low, high))
                    })?,
                    Direction::Backwards => leap(tags, -high, |tag, key| {
                        let position = find(positions, (tag, arm.event_type, low, -key))?;
                        Ok(position.map(|position: i64| -position))
                    })?
                    .map(|key| -key),
                };
                found.extend(position);
            }
        }
        Ok(())
    }

    /// The first position in the bounds that any arm has.
    pub(crate) fn first(&mut self, plan: &Plan, bounds: Bounds) -> Result<Option<i64>, Trouble> {
        match plan {
            Plan::All => Ok((bounds.low <= bounds.high).then_some(bounds.low)),
            Plan::Arms(arms) => {
                let mut first = None;
                for arm in arms {
                    let high = first.map_or(bounds.high, |first| first - 1);
                    let mut found = VecDeque::new();
                    let bounds = Bounds { high, ..bounds };
                    self.positions(arm, bounds, Direction::Forwards, 1, &mut found)?;
                    first = found.pop_front().or(first);
                }
                Ok(first)
            }
        }
    }
}

/// The first number from `from` on that every list has; `seek` gives the first one of a list from a number on.
fn leap(
    lists: &[i64],
    from: i64,
    mut seek: impl FnMut(i64, i64) -> Result<Option<i64>, rusqlite::Error>,
) -> Result<Option<i64>, rusqlite::Error> {
    let mut meeting = from;
    let mut agreed = 0;
    while agreed < lists.len() {
        agreed = 0;
        for list in lists {
            match seek(*list, meeting)? {
                None => return Ok(None),
                Some(number) if number == meeting => agreed += 1,
                Some(number) => meeting = number,
            }
        }
    }
    Ok(Some(meeting))
}

fn find(
    statement: &mut Statement<'_>,
    params: impl rusqlite::Params,
) -> Result<Option<i64>, rusqlite::Error> {
    statement.query_row(params, |row| row.get(0)).optional()
}

fn take(
    statement: &mut Statement<'_>,
    params: impl rusqlite::Params,
    many: usize,
    found: &mut VecDeque<i64>,
) -> Result<(), rusqlite::Error> {
    let mut rows = statement.query(params)?;
    for _ in 0..many {
        match rows.next()? {
            Some(row) => found.push_back(row.get(0)?),
            None => break,
        }
    }
    Ok(())
}

/// The positions of several arms as one list: in order, each once.
pub(crate) struct Merge {
    arms: Vec<Cursor>,
    /// The next position of each arm that has one, as a key that grows in the direction of reading.
    next: BinaryHeap<Reverse<(i64, usize)>>,
    direction: Direction,
    many: usize,
}

struct Cursor {
    arm: Arm,
    rest: Bounds,
    found: VecDeque<i64>,
}

impl Merge {
    /// `many` is how many positions are fetched from an index at a time.
    pub(crate) fn new(
        finder: &mut Finder<'_>,
        arms: Vec<Arm>,
        bounds: Bounds,
        direction: Direction,
        many: usize,
    ) -> Result<Self, Trouble> {
        let cursors = arms.into_iter().map(|arm| Cursor {
            arm,
            rest: bounds,
            found: VecDeque::new(),
        });
        let mut merge = Self {
            arms: cursors.collect(),
            next: BinaryHeap::new(),
            direction,
            many,
        };
        for index in 0..merge.arms.len() {
            merge.advance(finder, index)?;
        }
        Ok(merge)
    }

    pub(crate) fn next(&mut self, finder: &mut Finder<'_>) -> Result<Option<i64>, Trouble> {
        let Some(Reverse((key, index))) = self.next.pop() else {
            return Ok(None);
        };
        self.advance(finder, index)?;
        while let Some(Reverse((same, index))) = self.next.peek().copied() {
            if same != key {
                break;
            }
            self.next.pop();
            self.advance(finder, index)?;
        }
        Ok(Some(key.abs()))
    }

    fn advance(&mut self, finder: &mut Finder<'_>, index: usize) -> Result<(), Trouble> {
        let Some(cursor) = self.arms.get_mut(index) else {
            return Ok(());
        };
        if cursor.found.is_empty() && cursor.rest.low <= cursor.rest.high {
            let Cursor { arm, rest, found } = cursor;
            finder.positions(arm, *rest, self.direction, self.many, found)?;
            match (self.direction, found.back()) {
                (_, None) => rest.low = i64::MAX,
                (Direction::Forwards, Some(last)) => rest.low = last + 1,
                (Direction::Backwards, Some(last)) => rest.high = last - 1,
            }
        }
        if let Some(position) = cursor.found.pop_front() {
            let key = match self.direction {
                Direction::Forwards => position,
                Direction::Backwards => -position,
            };
            self.next.push(Reverse((key, index)));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn leaping_meets_at_every_number_that_all_lists_have_and_at_no_other() {
        let mut random = 1_u64;
        let mut next = move || {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            random >> 40
        };
        for _ in 0..200 {
            let lists: Vec<BTreeSet<i64>> = (0..3)
                .map(|_| (1..40).filter(|_| next() % 3 > 0).collect())
                .collect();
            let expected: Vec<i64> = (1..40)
                .filter(|number| lists.iter().all(|list| list.contains(number)))
                .collect();
            let mut met = Vec::new();
            let mut from = 1;
            let seek = |list: i64, from| {
                let list = &lists[usize::try_from(list).unwrap()];
                Ok(list.range(from..).next().copied())
            };
            while let Some(number) = leap(&[0, 1, 2], from, seek).unwrap() {
                met.push(number);
                from = number + 1;
            }
            assert_eq!(met, expected, "{lists:?}");
        }
    }
}

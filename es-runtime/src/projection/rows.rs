//! The rows of a projection while an event is taken in: what it changes, and the way back.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::fmt::Debug;

use super::Projection;
use super::error::RowError;
use crate::hash::Folded;

/// The rows that are at hand, by their keys.
#[derive(Debug)]
pub(super) struct Table<P: Projection> {
    pub(super) rows: HashMap<P::Key, P, Folded>,
    /// Keys that are known to have no row, where not all rows are at hand.
    pub(super) absent: HashSet<P::Key, Folded>,
    /// Whether all rows there are are at hand.
    pub(super) is_whole: bool,
}

impl<P: Projection> Table<P> {
    /// No rows.
    pub(super) fn new() -> Self {
        Self {
            rows: HashMap::default(),
            absent: HashSet::default(),
            is_whole: true,
        }
    }

    fn is_known(&self, key: &P::Key) -> bool {
        self.is_whole || self.rows.contains_key(key) || self.absent.contains(key)
    }

    fn insert(&mut self, key: P::Key, row: P) {
        if !self.is_whole {
            self.absent.remove(&key);
        }
        self.rows.insert(key, row);
    }

    fn remove(&mut self, key: &P::Key) -> Option<P> {
        if !self.is_whole {
            self.absent.insert(key.clone());
        }
        self.rows.remove(key)
    }
}

/// What the rows of some keys were before an event.
#[derive(Debug)]
pub(super) struct Undo<P: Projection> {
    /// Newest change last.
    changes: Vec<(P::Key, Option<P>)>,
    /// Rows that are of no use any more, but for what they have allocated.
    spare: Vec<P>,
}

/// How many rows are kept for what they have allocated: few events change more.
const SPARE: usize = 8;

impl<P: Projection> Undo<P> {
    /// Nothing has changed.
    pub(super) fn new() -> Self {
        Self {
            changes: Vec::new(),
            spare: Vec::new(),
        }
    }

    /// The keys of the rows that have changed, one for each change.
    pub(super) fn keys(&self) -> impl Iterator<Item = &P::Key> {
        self.changes.iter().map(|(key, _)| key)
    }

    /// Forgets the way back, and gives the keys of the rows that have changed.
    pub(super) fn forget(&mut self) -> impl Iterator<Item = P::Key> {
        let spare = &mut self.spare;
        self.changes.drain(..).map(|(key, row)| {
            if let Some(row) = row
                && spare.len() < SPARE
            {
                spare.push(row);
            }
            key
        })
    }

    /// Puts the changes of another one behind these.
    pub(super) fn append(&mut self, other: &mut Self) {
        self.changes.append(&mut other.changes);
    }

    /// A row was there before, or not.
    fn push(&mut self, key: P::Key, before: Option<P>) {
        self.changes.push((key, before));
    }

    /// A row is about to change.
    fn keep(&mut self, key: &P::Key, row: &P) {
        let before = match self.spare.pop() {
            Some(mut spare) => {
                spare.copy_from(row);
                spare
            }
            None => row.clone(),
        };
        self.push(key.clone(), Some(before));
    }

    fn pop(&mut self) -> Option<(P::Key, Option<P>)> {
        self.changes.pop()
    }
}

/// The rows of a projection, as a rule sees them. A change that fails has changed nothing; neither has a rule that fails.
#[derive(Debug)]
pub struct Rows<'a, P: Projection> {
    table: &'a mut Table<P>,
    undo: &'a mut Undo<P>,
    /// The keys that were asked for and are not at hand.
    missed: RefCell<Vec<P::Key>>,
}

impl<'a, P: Projection> Rows<'a, P> {
    pub(super) fn new(table: &'a mut Table<P>, undo: &'a mut Undo<P>) -> Self {
        let missed = RefCell::default();
        Self {
            table,
            undo,
            missed,
        }
    }

    /// The keys that were asked for and are not at hand.
    pub(super) fn into_missed(self) -> Vec<P::Key> {
        self.missed.into_inner()
    }

    /// Whether it is known what row that key has, if any.
    fn look(&self, key: &P::Key) -> Result<(), RowError> {
        if self.table.is_known(key) {
            return Ok(());
        }
        self.missed.borrow_mut().push(key.clone());
        Err(RowError::NotAtHand { key: shown(key) })
    }

    /// The row of that key.
    ///
    /// # Errors
    /// Where the row cannot be fetched; pass the error on.
    pub fn get(&self, key: &P::Key) -> Result<Option<&P>, RowError> {
        self.look(key)?;
        Ok(self.table.rows.get(key))
    }

    /// Adds a row.
    ///
    /// # Errors
    /// [`RowError::Exists`] where there is one of its key.
    pub fn insert(&mut self, row: P) -> Result<(), RowError> {
        self.insert_at(row.key(), row)
    }

    /// Adds the row of a key that is known already.
    pub(crate) fn insert_at(&mut self, key: P::Key, row: P) -> Result<(), RowError> {
        check_key(&row, &key)?;
        self.look(&key)?;
        if self.table.rows.contains_key(&key) {
            return Err(RowError::Exists { key: shown(&key) });
        }
        self.undo.push(key.clone(), None);
        self.table.insert(key, row);
        Ok(())
    }

    /// Changes the row of that key.
    ///
    /// # Errors
    /// [`RowError::Missing`] where there is none, [`RowError::KeyChanged`] where it has another key afterwards.
    pub fn update(&mut self, key: &P::Key, change: impl FnOnce(&mut P)) -> Result<(), RowError> {
        self.look(key)?;
        let Some(row) = self.table.rows.get_mut(key) else {
            return Err(RowError::Missing { key: shown(key) });
        };
        self.undo.keep(key, row);
        change(row);
        let checked = check_key(row, key);
        // Here and not by whoever takes the event back: a rule may go on after the error.
        if checked.is_err()
            && let Some((_, Some(before))) = self.undo.pop()
        {
            *row = before;
        }
        checked
    }

    /// Changes the row of that key, which `new` makes where there is none.
    ///
    /// # Errors
    /// [`RowError::KeyChanged`] where it has another key afterwards.
    pub fn upsert(
        &mut self,
        key: P::Key,
        new: impl FnOnce(P::Key) -> P,
        change: impl FnOnce(&mut P),
    ) -> Result<(), RowError> {
        self.look(&key)?;
        if self.table.rows.contains_key(&key) {
            return self.update(&key, change);
        }
        let mut row = new(key.clone());
        change(&mut row);
        check_key(&row, &key)?;
        self.undo.push(key.clone(), None);
        self.table.insert(key, row);
        Ok(())
    }

    /// Deletes the row of that key.
    ///
    /// # Errors
    /// [`RowError::Missing`] where there is none.
    pub fn delete(&mut self, key: &P::Key) -> Result<(), RowError> {
        self.look(key)?;
        match self.table.remove(key) {
            Some(row) => {
                self.undo.push(key.clone(), Some(row));
                Ok(())
            }
            None => Err(RowError::Missing { key: shown(key) }),
        }
    }
}

/// Makes the rows what they were before the changes.
pub(super) fn take_back<P: Projection>(table: &mut Table<P>, undo: &mut Undo<P>) {
    while let Some((key, row)) = undo.pop() {
        match row {
            Some(row) => table.insert(key, row),
            None => drop(table.remove(&key)),
        }
    }
}

/// A row that moved to another key would be found by none.
fn check_key<P: Projection>(row: &P, key: &P::Key) -> Result<(), RowError> {
    let now = row.key();
    if now == *key {
        return Ok(());
    }
    Err(RowError::KeyChanged {
        key: shown(key),
        now: shown(&now),
    })
}

fn shown(key: &impl Debug) -> String {
    format!("{key:?}")
}

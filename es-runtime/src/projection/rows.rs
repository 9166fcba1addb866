//! The rows of a projection while an event is taken in: what it changes, and the way back.

use std::collections::HashMap;
use std::fmt::Debug;

use super::Projection;
use super::error::RowError;
use crate::hash::Folded;

/// All rows, by their keys.
pub(super) type Table<P> = HashMap<<P as Projection>::Key, P, Folded>;

/// What the rows of some keys were before an event, newest change last.
pub(super) type Undo<P> = Vec<(<P as Projection>::Key, Option<P>)>;

/// The rows of a projection, as a rule sees them. A change that fails has changed nothing; neither has a rule that fails.
#[derive(Debug)]
pub struct Rows<'a, P: Projection> {
    table: &'a mut Table<P>,
    undo: &'a mut Undo<P>,
}

impl<'a, P: Projection> Rows<'a, P> {
    pub(super) fn new(table: &'a mut Table<P>, undo: &'a mut Undo<P>) -> Self {
        Self { table, undo }
    }

    /// The row of that key.
    ///
    /// # Errors
    /// Where the row cannot be fetched; pass the error on.
    pub fn get(&self, key: &P::Key) -> Result<Option<&P>, RowError> {
        Ok(self.table.get(key))
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
        if self.table.contains_key(&key) {
            return Err(RowError::Exists { key: shown(&key) });
        }
        self.undo.push((key.clone(), None));
        self.table.insert(key, row);
        Ok(())
    }

    /// Changes the row of that key.
    ///
    /// # Errors
    /// [`RowError::Missing`] where there is none, [`RowError::KeyChanged`] where it has another key afterwards.
    pub fn update(&mut self, key: &P::Key, change: impl FnOnce(&mut P)) -> Result<(), RowError> {
        let Some(row) = self.table.get_mut(key) else {
            return Err(RowError::Missing { key: shown(key) });
        };
        self.undo.push((key.clone(), Some(row.clone())));
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
        if self.table.contains_key(&key) {
            return self.update(&key, change);
        }
        let mut row = new(key.clone());
        change(&mut row);
        check_key(&row, &key)?;
        self.undo.push((key.clone(), None));
        self.table.insert(key, row);
        Ok(())
    }

    /// Deletes the row of that key.
    ///
    /// # Errors
    /// [`RowError::Missing`] where there is none.
    pub fn delete(&mut self, key: &P::Key) -> Result<(), RowError> {
        match self.table.remove(key) {
            Some(row) => {
                self.undo.push((key.clone(), Some(row)));
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
            None => table.remove(&key),
        };
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

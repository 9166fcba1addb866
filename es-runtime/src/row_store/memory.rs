//! Tables of rows in memory, as `MemoryStore` keeps them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::{
    Cell, ChangedRow, Found, Mark, Parked, Role, RowChange, RowOrder, RowQuery, RowTable,
    RowsCommit, RowsDiff, RowsOwner, Standing, check_fingerprint,
};
use crate::id::Position;
use crate::signal::Signal;
use crate::store::{Direction, StoreError};
use crate::sync::{Mutex, lock};

/// All generations of all projections.
#[derive(Default)]
pub(crate) struct MemoryTables {
    tables: Mutex<Tables>,
    moved: Signal,
    owners: Arc<Owners>,
}

#[derive(Default)]
struct Tables {
    /// By their numbers.
    generations: BTreeMap<u64, Generation>,
    /// The number of the last one, which is never given again.
    last: u64,
}

struct Generation {
    standing: Standing,
    /// By the key cells of each, as JSON.
    rows: HashMap<String, Vec<Cell>>,
    parked: Vec<Parked>,
}

/// Who owns what, by name.
#[derive(Default)]
struct Owners {
    names: Mutex<HashSet<String>>,
    freed: Signal,
}

struct Owned {
    name: String,
    owners: Arc<Owners>,
}

impl Drop for Owned {
    fn drop(&mut self) {
        lock(&self.owners.names).remove(&self.name);
        self.owners.freed.notify_all();
    }
}

impl MemoryTables {
    pub(crate) async fn own(&self, name: String) -> RowsOwner {
        loop {
            // Listen before looking, so that nothing is freed unseen in between.
            let freed = self.owners.freed.listen();
            if lock(&self.owners.names).insert(name.clone()) {
                let owners = self.owners.clone();
                return RowsOwner::new(Owned { name, owners });
            }
            freed.await;
        }
    }

    pub(crate) fn standing(&self, projection: Option<&str>) -> Vec<Standing> {
        let tables = lock(&self.tables);
        let mut standing: Vec<_> = tables
            .generations
            .values()
            .map(|generation| generation.standing.clone())
            .filter(|standing| projection.is_none_or(|name| standing.table.projection == name))
            .collect();
        standing.sort_by(|left, right| {
            let key =
                |standing: &Standing| (standing.table.projection.clone(), standing.generation);
            key(left).cmp(&key(right))
        });
        standing
    }

    pub(crate) fn begin(&self, table: Arc<RowTable>, role: Role) -> Standing {
        let mut tables = lock(&self.tables);
        if let Some((number, there)) = tables.find(&table.projection, role) {
            let is_same = there.standing.table.fingerprint == table.fingerprint;
            if is_same {
                // Its indexes may be others.
                there.standing.table = table;
                return there.standing.clone();
            }
            if role == Role::Live {
                return there.standing.clone();
            }
            tables.generations.remove(&number);
        }
        tables.last += 1;
        let standing = Standing {
            generation: tables.last,
            table,
            role,
            mark: Mark::default(),
            parked: 0,
            stopped: None,
        };
        let generation = Generation {
            standing: standing.clone(),
            rows: HashMap::new(),
            parked: Vec::new(),
        };
        tables.generations.insert(standing.generation, generation);
        standing
    }

    pub(crate) fn commit(&self, commit: RowsCommit) -> Result<Mark, StoreError> {
        let mark = {
            let mut tables = lock(&self.tables);
            let found = tables.generations.get_mut(&commit.generation);
            let Some(generation) = found.filter(|there| there.takes(commit.from)) else {
                let projection = commit.table.projection.clone();
                return Err(StoreError::RowsMoved { projection });
            };
            generation.change(commit)
        };
        self.moved.notify_all();
        Ok(mark)
    }

    pub(crate) fn swap(
        &self,
        projection: &str,
        generation: u64,
        from: Mark,
        to: Option<Position>,
    ) -> bool {
        let mut tables = lock(&self.tables);
        let is_there = tables.generations.get(&generation).is_some_and(|there| {
            let standing = &there.standing;
            standing.table.projection == projection
                && standing.role == Role::Building
                && standing.mark == from
        });
        if !is_there {
            return false;
        }
        if let Some((_, live)) = tables.find(projection, Role::Live) {
            if live.standing.mark.checkpoint > to {
                return false;
            }
            live.standing.role = Role::Retired;
        }
        if let Some(there) = tables.generations.get_mut(&generation) {
            there.standing.role = Role::Live;
            there.standing.mark.checkpoint = to;
            there.standing.mark.commits += 1;
            there.standing.stopped = None;
        }
        drop(tables);
        self.moved.notify_all();
        true
    }

    pub(crate) fn drop_generation(&self, projection: &str, generation: u64) {
        let mut tables = lock(&self.tables);
        if let Some(there) = tables.generations.get(&generation)
            && there.standing.table.projection == projection
        {
            tables.generations.remove(&generation);
        }
    }

    pub(crate) fn fetch(&self, generation: u64, keys: &[Vec<Cell>]) -> Vec<Option<Vec<Cell>>> {
        let tables = lock(&self.tables);
        let there = tables.generations.get(&generation);
        keys.iter()
            .map(|key| there.and_then(|there| there.rows.get(&text(key)).cloned()))
            .collect()
    }

    pub(crate) fn read(&self, table: &RowTable, query: &RowQuery) -> Result<Found, StoreError> {
        let mut tables = lock(&self.tables);
        let live = tables.live(table)?;
        let rows = query.answer(&live.standing.table, live.rows.values());
        Ok(Found {
            rows: rows.into_iter().cloned().collect(),
            checkpoint: live.standing.mark.checkpoint,
        })
    }

    pub(crate) fn count(&self, table: &RowTable, query: &RowQuery) -> Result<u64, StoreError> {
        let mut tables = lock(&self.tables);
        let live = tables.live(table)?;
        let found = live.rows.values().filter(|row| query.matches(table, row));
        Ok(found.count() as u64)
    }

    pub(crate) fn parked(&self, generation: u64) -> Vec<Parked> {
        let tables = lock(&self.tables);
        let there = tables.generations.get(&generation);
        there.map_or_else(Vec::new, |there| there.parked.clone())
    }

    pub(crate) async fn reached(
        &self,
        projection: &str,
        position: Position,
    ) -> Result<Standing, StoreError> {
        loop {
            // Listen before looking, so that nothing moves unseen in between.
            let moved = self.moved.listen();
            {
                let mut tables = lock(&self.tables);
                if let Some((_, live)) = tables.find(projection, Role::Live) {
                    let standing = &live.standing;
                    if standing.mark.checkpoint >= Some(position) || standing.stopped.is_some() {
                        return Ok(standing.clone());
                    }
                }
            }
            moved.await;
        }
    }

    pub(crate) fn compare(&self, old: &Standing, new: &Standing, samples: usize) -> RowsDiff {
        let tables = lock(&self.tables);
        let both = (
            tables.generations.get(&old.generation),
            tables.generations.get(&new.generation),
        );
        match both {
            (Some(old), Some(new)) => compare(old, new, samples),
            _ => RowsDiff::default(),
        }
    }
}

impl Tables {
    fn find(&mut self, projection: &str, role: Role) -> Option<(u64, &mut Generation)> {
        let mut generations = self.generations.iter_mut();
        let found = generations.find(|(_, there)| {
            there.standing.role == role && there.standing.table.projection == projection
        });
        found.map(|(number, there)| (*number, there))
    }

    fn live(&mut self, table: &RowTable) -> Result<&mut Generation, StoreError> {
        let projection = &table.projection;
        match self.find(projection, Role::Live) {
            None => Err(StoreError::NoRows {
                projection: projection.clone(),
            }),
            Some((_, live)) => {
                check_fingerprint(table, live.standing.table.fingerprint)?;
                Ok(live)
            }
        }
    }
}

impl Generation {
    fn takes(&self, from: Mark) -> bool {
        self.standing.role != Role::Retired && self.standing.mark == from
    }

    fn change(&mut self, commit: RowsCommit) -> Mark {
        for change in commit.changes {
            match change {
                RowChange::Put(row) => {
                    let key = text(&self.standing.table.key_of(&row));
                    self.rows.insert(key, row);
                }
                RowChange::Delete(key) => {
                    self.rows.remove(&text(&key));
                }
            }
        }
        for (stream, version) in &commit.take_up {
            let stays = |parked: &Parked| parked.stream != *stream || parked.version > *version;
            self.parked.retain(stays);
        }
        for parked in commit.park {
            let is_again =
                |there: &Parked| there.stream == parked.stream && there.version == parked.version;
            self.parked.retain(|there| !is_again(there));
            self.parked.push(parked);
        }
        self.parked.sort_by_key(|parked| parked.position);
        self.standing.parked = self.parked.len() as u64;
        self.standing.stopped = commit.stopped;
        self.standing.mark.checkpoint = commit.to;
        self.standing.mark.commits += 1;
        self.standing.mark
    }
}

/// The cells of a key, by which rows are told apart.
fn text(key: &[Cell]) -> String {
    // Cells can always be written.
    serde_json::to_string(key).unwrap_or_default()
}

fn compare(old: &Generation, new: &Generation, samples: usize) -> RowsDiff {
    let (of_old, of_new) = (&old.standing.table, &new.standing.table);
    let mut diff = RowsDiff::between(&old.standing, &new.standing);
    if !RowsDiff::has_comparable_keys(of_old, of_new) {
        diff.added = new.rows.len() as u64;
        diff.removed = old.rows.len() as u64;
        return diff;
    }
    let common = RowsDiff::common_columns(of_old, of_new);
    for row in in_order_of_keys(new) {
        let key = text(&of_new.key_of(row));
        let Some(before) = old.rows.get(&key) else {
            diff.added += 1;
            if diff.added_samples.len() < samples {
                diff.added_samples.push(of_new.key_of(row));
            }
            continue;
        };
        let differs = |(_, old, new): &&(String, usize, usize)| before[*old] != row[*new];
        let columns = common
            .iter()
            .filter(differs)
            .map(|(name, old, new)| (name.clone(), before[*old].clone(), row[*new].clone()));
        let columns: Vec<_> = columns.collect();
        if !columns.is_empty() {
            diff.changed += 1;
            if diff.changed_samples.len() < samples {
                diff.changed_samples
                    .push(ChangedRow::new(of_new.key_of(row), columns));
            }
        }
    }
    for row in in_order_of_keys(old) {
        let key = of_old.key_of(row);
        if !new.rows.contains_key(&text(&key)) {
            diff.removed += 1;
            if diff.removed_samples.len() < samples {
                diff.removed_samples.push(key);
            }
        }
    }
    diff
}

fn in_order_of_keys(generation: &Generation) -> Vec<&Vec<Cell>> {
    let table = &generation.standing.table;
    let order = table.key.iter().map(|column| RowOrder {
        column: *column,
        direction: Direction::Forwards,
    });
    let query = RowQuery {
        order: order.collect(),
        ..RowQuery::default()
    };
    query.answer(table, generation.rows.values())
}

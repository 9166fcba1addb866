//! Finding things by their names: along a list while there are few, through a table once there are many.

use std::collections::HashMap;

/// So many are still found faster along a list.
const FEW: usize = 16;

/// Things by their names; the first of a name stays.
pub(crate) struct Index<'n, T> {
    list: Vec<(&'n str, T)>,
    table: HashMap<&'n str, usize>,
}

impl<'n, T> Index<'n, T> {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self {
            list: Vec::with_capacity(capacity),
            table: HashMap::new(),
        }
    }

    /// The thing of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&T> {
        if self.list.len() <= FEW {
            return self
                .list
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, thing)| thing);
        }
        self.table.get(name).map(|place| &self.list[*place].1)
    }

    /// Adds a thing, unless there is one of that name, which is then returned.
    pub(crate) fn insert(&mut self, name: &'n str, thing: T) -> Option<&T> {
        if self.get(name).is_some() {
            return self.get(name);
        }
        self.list.push((name, thing));
        let place = self.list.len() - 1;
        if self.list.len() == FEW + 1 {
            self.table.extend(
                self.list
                    .iter()
                    .enumerate()
                    .map(|(place, (name, _))| (*name, place)),
            );
        } else if self.list.len() > FEW {
            self.table.insert(name, place);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_a_name_stays_among_few_and_many() {
        let names: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        let mut index = Index::with_capacity(0);
        for (n, name) in names.iter().enumerate() {
            assert_eq!(index.insert(name, n), None);
            assert_eq!(index.insert(name, 1_000), Some(&n));
            assert_eq!((index.get("0"), index.get("no such")), (Some(&0), None));
        }
        assert_eq!(index.get("57"), Some(&57));
    }
}

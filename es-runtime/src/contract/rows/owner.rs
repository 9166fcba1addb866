//! Owners: one at a time of each name, whoever opened the store.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use super::kept::{Kept, keeping};
use crate::contract::failure::{Failure, Verdict, same};
use crate::contract::stage::{Stage, race};
use crate::row_store::RowStore;

/// Other names are free meanwhile, and whoever gives up waiting leaves the name free.
pub(in crate::contract) fn one_owns_at_a_time_and_the_next_one_then(stage: &Stage) -> Verdict {
    let Some(kept) = keeping(stage)? else {
        return Ok(());
    };
    let first = kept.owned("a").answer()?;
    let second = kept.owned("a");
    second.still("owning what somebody owns")?;
    let others = ["b", "A", ""].map(|name| kept.owned(name));
    for other in others {
        drop(other.answer()?);
    }
    give_up(&kept, "a")?;
    drop(first);
    let second = second.answer()?;
    let third = kept.owned("a");
    third.still("owning what the next one owns")?;
    drop(second);
    drop(third.answer()?);
    take_turns(&[&kept, &kept, &kept, &kept])
}

/// Asks once, and no more.
fn give_up(kept: &Kept, name: &str) -> Verdict {
    let store = kept.store();
    let is_owned = kept.wait(async {
        let mut owning = pin!(store.own_rows(name.to_owned()));
        poll_fn(|cx| Poll::Ready(Ok(owning.as_mut().poll(cx).is_ready()))).await
    })?;
    same("owning what somebody owns", is_owned, false)
}

/// Makes sure that they never own at the same time.
fn take_turns(openings: &[&Kept]) -> Verdict {
    let owners = AtomicUsize::new(0);
    let verdicts = race(openings.iter().map(|kept| {
        let owners = &owners;
        move || -> Verdict {
            for _ in 0..20 {
                let owner = kept.owned("turns").answer()?;
                let others = owners.fetch_add(1, Ordering::SeqCst);
                same("others that own", others, 0)?;
                std::thread::yield_now();
                owners.fetch_sub(1, Ordering::SeqCst);
                drop(owner);
            }
            Ok(())
        }
    }));
    verdicts.into_iter().collect::<Result<(), Failure>>()
}

/// As two processes would.
pub(in crate::contract) fn an_owner_through_another_opening_excludes_the_first(
    stage: &Stage,
) -> Verdict {
    let Some(kept) = keeping(stage)? else {
        return Ok(());
    };
    let owner = kept.owned("a").answer()?;
    kept.owned("a").still("owning what somebody owns")?;
    drop(owner);
    let Some(other) = kept.beside(stage)? else {
        return Ok(());
    };
    let owner = other.owned("a").answer()?;
    let waiting = kept.owned("a");
    waiting.still("owning what another opening owns")?;
    drop(owner);
    let owner = waiting.answer()?;
    other.owned("a").still("owning what the first one owns")?;
    drop(owner);
    take_turns(&[&kept, &other, &kept, &other])?;
    let owner = other.owned("a").answer()?;
    let waiting = kept.owned("a");
    waiting.still("owning what another opening owns")?;
    drop(other);
    waiting.still("owning while its owner is there")?;
    drop(owner);
    waiting.answer().map(drop)?;
    Ok(())
}

//! Warm aggregates: each has a slot with the commands that wait for it, the state they are decided on, and the one
//! future that carries them out.
//!
//! There is no executor to run that future. So it belongs to the slot, and every caller that waits polls it when it is
//! polled itself: whoever comes by drives. A caller that is dropped, or that nobody polls, holds nobody up; and nobody
//! drives on for others for long, once his own answer is there.

use std::any::{Any, TypeId};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use super::Executed;
use super::decide::Decision;
use super::error::ExecuteError;
use super::load::{Folded, panic_message};
use crate::aggregate::Aggregate;
use crate::commit::{CommandRecord, Receipt};
use crate::envelope::Metadata;
use crate::store::StoreError;
use crate::sync::{AtomicBool, AtomicU64, Instant, Mutex, lock, try_lock};
use crate::time::Timestamp;

/// The slots of all kinds of aggregates.
pub(super) struct WarmSet {
    kinds: Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
    capacity: usize,
}

impl WarmSet {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            kinds: Mutex::default(),
            capacity,
        }
    }

    /// The slot of one aggregate.
    pub(super) fn slot<A: Aggregate>(&self, id: &A::Id) -> Arc<Slot<A>> {
        let kind = {
            let mut kinds = lock(&self.kinds);
            let fresh =
                || Arc::new(Mutex::new(Slots::<A>::default())) as Arc<dyn Any + Send + Sync>;
            kinds.entry(TypeId::of::<A>()).or_insert_with(fresh).clone()
        };
        match kind.downcast::<Mutex<Slots<A>>>() {
            Ok(slots) => lock(&slots).get(id, self.capacity),
            // Unreachable, since the map is keyed by the type; a slot of its own would be right all the same.
            Err(_) => Arc::default(),
        }
    }
}

/// The slots of one kind. Those that were not asked for since they last stood in front of the queue are let go.
struct Slots<A: Aggregate> {
    slots: HashMap<A::Id, Arc<Slot<A>>>,
    /// Who is looked at next when there are too many; each slot stands here once.
    queue: VecDeque<A::Id>,
}

impl<A: Aggregate> Default for Slots<A> {
    fn default() -> Self {
        Self {
            slots: HashMap::new(),
            queue: VecDeque::new(),
        }
    }
}

/// How many slots are looked at for each new one: with two, those that may go are found faster than new ones come.
const LOOKS: usize = 2;

impl<A: Aggregate> Slots<A> {
    fn get(&mut self, id: &A::Id, capacity: usize) -> Arc<Slot<A>> {
        if let Some(slot) = self.slots.get(id) {
            slot.was_used.store(true, Ordering::Relaxed);
            return slot.clone();
        }
        for _ in 0..LOOKS {
            if self.slots.len() >= capacity.max(1) {
                self.let_go_of_one();
            }
        }
        let slot = Arc::<Slot<A>>::default();
        self.slots.insert(id.clone(), slot.clone());
        self.queue.push_back(id.clone());
        slot
    }

    /// Lets the first one in the queue go, unless it was used or is waited for: the slot of those who wait stays the only
    /// one of its aggregate.
    fn let_go_of_one(&mut self) {
        let Some(id) = self.queue.pop_front() else {
            return;
        };
        match self.slots.entry(id) {
            Entry::Occupied(slot) => {
                let was_used = slot.get().was_used.swap(false, Ordering::Relaxed);
                if was_used || slot.get().is_waited_for() {
                    self.queue.push_back(slot.key().clone());
                } else {
                    slot.remove();
                }
            }
            Entry::Vacant(_) => {}
        }
    }
}

/// Carries out what waits.
pub(super) type Driver = Pin<Box<dyn Future<Output = ()> + Send>>;

/// One aggregate.
pub(super) struct Slot<A: Aggregate> {
    shared: Arc<Shared<A>>,
    /// Carries the waiting commands out; nothing while none wait.
    driver: Mutex<Option<Driver>>,
    /// Whether it was asked for again since it last stood in front of the queue.
    was_used: AtomicBool,
}

impl<A: Aggregate> Default for Slot<A> {
    fn default() -> Self {
        Self {
            shared: Arc::default(),
            driver: Mutex::default(),
            was_used: AtomicBool::new(false),
        }
    }
}

/// What the callers and the driver of one aggregate share.
pub(super) struct Shared<A: Aggregate> {
    waiting: Mutex<VecDeque<Waiting<A>>>,
    /// The state as of the last commit; nothing where it has to be read.
    state: Mutex<Option<Folded<A>>>,
    /// Whether the driver stands before a round that nobody has let it begin.
    is_at_rest: AtomicBool,
    /// How the last round went, by which the next one waits for those who may come.
    last_round: Mutex<Pace>,
    callers: Arc<Callers<A>>,
}

impl<A: Aggregate> Default for Shared<A> {
    fn default() -> Self {
        Self {
            waiting: Mutex::default(),
            state: Mutex::default(),
            is_at_rest: AtomicBool::new(false),
            last_round: Mutex::default(),
            callers: Arc::default(),
        }
    }
}

/// How long a round takes at most to be a quick one.
const QUICK: Duration = Duration::from_micros(100);

/// How a round went.
#[derive(Clone, Copy, Default)]
struct Pace {
    /// How many callers there were, with those who wait for the next.
    callers: usize,
    took: Duration,
}

impl Pace {
    /// For how long at most nobody else may come before the next round begins: a small part of what a round takes. Where
    /// rounds are quick, one round more costs less than waiting.
    fn patience(self) -> Duration {
        match self.took < QUICK {
            true => Duration::ZERO,
            false => (self.took / 8).min(Duration::from_millis(1)),
        }
    }
}

/// Asks the handler of a command.
pub(super) type Handler<A> =
    Box<dyn Fn(Option<&A>, &crate::context::Context<A>) -> Decision<A> + Send + Sync>;

/// A command on its way.
pub(super) struct Job<A: Aggregate> {
    /// Its name.
    pub(super) name: &'static str,
    /// Whether it is for what does not exist yet.
    pub(super) creates: bool,
    /// Its handler, which may be asked again.
    pub(super) decide: Handler<A>,
    /// What the store shall remember of it.
    pub(super) record: Option<CommandRecord>,
    /// As the caller said.
    pub(super) occurred_at: Option<Timestamp>,
    /// As the caller said.
    pub(super) metadata: Arc<Metadata>,
}

pub(super) type Answer<A> = Result<Executed<A>, ExecuteError<<A as Aggregate>::Error>>;

/// A command and the caller that waits for its answer.
pub(super) struct Waiting<A: Aggregate> {
    /// In a box, since it goes through many hands.
    pub(super) job: Box<Job<A>>,
    /// How often it was decided.
    pub(super) attempts: u32,
    /// Where its answer goes; nothing once it is answered.
    ticket: Option<Arc<Ticket<A>>>,
    callers: Arc<Callers<A>>,
}

impl<A: Aggregate> Waiting<A> {
    /// Whether the caller has stopped waiting.
    pub(super) fn is_abandoned(&self) -> bool {
        let abandoned = |ticket: &Arc<Ticket<A>>| ticket.is_abandoned.load(Ordering::Acquire);
        self.ticket.as_ref().is_some_and(abandoned)
    }

    /// What it has led to.
    pub(super) fn executed(&self, events: Vec<A::Event>, receipt: Receipt) -> Executed<A> {
        Executed {
            events,
            receipt,
            attempts: self.attempts,
        }
    }

    /// Gives the caller its answer.
    pub(super) fn answer(mut self, answer: Answer<A>) {
        if let Some(ticket) = self.ticket.take() {
            self.callers.answer(&ticket, answer);
        }
    }
}

impl<A: Aggregate> Drop for Waiting<A> {
    /// A driver that panics drops what it had taken out of the line.
    fn drop(&mut self) {
        if !self.is_abandoned()
            && let Some(ticket) = self.ticket.take()
        {
            lock(&self.callers.lost).push(ticket);
        }
    }
}

struct Ticket<A: Aggregate> {
    number: u64,
    answer: Mutex<Option<Answer<A>>>,
    is_abandoned: AtomicBool,
}

impl<A: Aggregate> Ticket<A> {
    fn is_answered(&self) -> bool {
        lock(&self.answer).is_some()
    }
}

/// Those who wait, by ticket. What the driver waits for wakes them all: the first one to come drives on.
struct Callers<A: Aggregate> {
    /// In the order of their tickets, so that the one of a ticket is found fast.
    wakers: Mutex<Vec<(u64, Waker)>>,
    next: AtomicU64,
    /// Whether what the driver waits for has come since it was last polled.
    is_due: AtomicBool,
    /// Those whose commands were dropped without an answer.
    lost: Mutex<Vec<Arc<Ticket<A>>>>,
}

impl<A: Aggregate> Default for Callers<A> {
    fn default() -> Self {
        Self {
            wakers: Mutex::default(),
            next: AtomicU64::default(),
            is_due: AtomicBool::default(),
            lost: Mutex::default(),
        }
    }
}

impl<A: Aggregate> Callers<A> {
    fn answer(&self, ticket: &Ticket<A>, answer: Answer<A>) {
        *lock(&ticket.answer) = Some(answer);
        self.wake_one(ticket.number);
    }

    /// Tells those whose commands were dropped why that was so.
    fn answer_lost(&self, reason: &str) {
        let lost = std::mem::take(&mut *lock(&self.lost));
        for ticket in lost {
            let unknown = StoreError::outcome_unknown("execute", reason);
            self.answer(&ticket, Err(ExecuteError::Store(unknown)));
        }
    }

    fn wake_one(&self, number: u64) {
        let waker = {
            let wakers = lock(&self.wakers);
            let place = wakers.binary_search_by_key(&number, |(number, _)| *number);
            place.ok().map(|place| wakers[place].1.clone())
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn wake_all(&self) {
        let wakers = lock(&self.wakers).clone();
        wakers.into_iter().for_each(|(_, waker)| waker.wake());
    }

    /// Whether anybody waits beside the holder of that ticket.
    fn has_others(&self, number: u64) -> bool {
        let wakers = lock(&self.wakers);
        wakers.iter().any(|(waiting, _)| *waiting != number)
    }

    /// Remembers how to wake the holder of a ticket.
    fn remember(&self, number: u64, waker: &Waker) {
        let mut wakers = lock(&self.wakers);
        match wakers.binary_search_by_key(&number, |(number, _)| *number) {
            Ok(place) => wakers[place].1.clone_from(waker),
            Err(place) => wakers.insert(place, (number, waker.clone())),
        }
    }

    fn forget(&self, number: u64) {
        let mut wakers = lock(&self.wakers);
        if let Ok(place) = wakers.binary_search_by_key(&number, |(number, _)| *number) {
            wakers.remove(place);
        }
        if wakers.is_empty() {
            *wakers = Vec::new();
        }
    }
}

impl<A: Aggregate> Wake for Callers<A> {
    fn wake(self: Arc<Self>) {
        self.is_due.store(true, Ordering::SeqCst);
        self.wake_all();
    }
}

impl<A: Aggregate> Shared<A> {
    /// Lets those come whom the last round has answered: most often they are about to ask again. Without them, the first one
    /// takes a round for himself and the others wait for the next.
    pub(super) async fn gather(&self) {
        let last = *lock(&self.last_round);
        if last.callers <= 1 {
            return;
        }
        let (mut before, mut since) = (0, Instant::now());
        poll_fn(|cx| {
            let waiting = lock(&self.waiting).len();
            if waiting > before {
                (before, since) = (waiting, Instant::now());
            }
            if waiting == 0 || waiting >= last.callers || since.elapsed() > last.patience() {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    /// Remembers how a round went that was begun then. Those who are answered have not gone yet.
    pub(super) fn end_round(&self, begun: Instant) {
        let callers = lock(&self.callers.wakers).len();
        let took = begun.elapsed();
        *lock(&self.last_round) = Pace { callers, took };
    }

    /// Takes the commands that wait, oldest first, at most `limit`; those of dropped callers are left out.
    pub(super) fn take_waiting(&self, limit: usize) -> Vec<Waiting<A>> {
        let mut waiting = lock(&self.waiting);
        // What is left is most often nothing, and takes no room then: ten thousand warm aggregates have nobody waiting.
        let count = waiting.len().min(limit);
        let rest = waiting.split_off(count);
        let mut taken = std::mem::replace(&mut *waiting, rest);
        drop(waiting);
        taken.retain(|waiting| !waiting.is_abandoned());
        taken.into()
    }

    /// Takes the warm state out.
    pub(super) fn take_state(&self) -> Option<Folded<A>> {
        lock(&self.state).take()
    }

    /// Leaves the state for those who come later.
    pub(super) fn keep_state(&self, state: Option<Folded<A>>) {
        *lock(&self.state) = state;
    }

    pub(super) fn has_waiting(&self) -> bool {
        !lock(&self.waiting).is_empty()
    }

    /// Waits for whoever drives to let the next round begin. Nobody is woken for it: driving looks for it itself.
    pub(super) async fn before_round(&self) {
        self.is_at_rest.store(true, Ordering::SeqCst);
        let is_let_go = || !self.is_at_rest.load(Ordering::SeqCst);
        poll_fn(|_| {
            if is_let_go() {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }
}

impl<A: Aggregate> Slot<A> {
    /// Waits in line with a command until it is carried out. `lead` makes the future that carries out whatever waits.
    pub(super) fn carry_out<L>(
        self: Arc<Self>,
        job: Job<A>,
        lead: L,
    ) -> impl Future<Output = Answer<A>> + Send
    where
        L: Fn(Arc<Shared<A>>) -> Driver + Send,
    {
        let callers = self.shared.callers.clone();
        let number = callers.next.fetch_add(1, Ordering::Relaxed);
        let ticket = Arc::new(Ticket {
            number,
            answer: Mutex::default(),
            is_abandoned: AtomicBool::new(false),
        });
        lock(&self.shared.waiting).push_back(Waiting {
            job: Box::new(job),
            attempts: 0,
            ticket: Some(ticket.clone()),
            callers,
        });
        let mut caller = Caller { slot: self, ticket };
        poll_fn(move |cx| caller.poll(cx, &lead))
    }

    fn is_waited_for(self: &Arc<Self>) -> bool {
        Arc::strong_count(self) > 1
    }

    /// Drives as far as it goes now, unless somebody else does so at this moment. Whoever has begun a round and has his
    /// own answer leaves the next one to the others.
    fn drive(&self, ticket: &Ticket<A>, lead: impl Fn(Arc<Shared<A>>) -> Driver) {
        let callers = &self.shared.callers;
        let mut has_begun = false;
        loop {
            let (is_done, is_at_rest) = {
                let Some(mut driver) = try_lock(&self.driver) else {
                    return;
                };
                if self.shared.is_at_rest.load(Ordering::SeqCst) {
                    if has_begun && ticket.is_answered() && callers.has_others(ticket.number) {
                        drop(driver);
                        // All of them, since the one that is woken may never be polled again.
                        callers.wake_all();
                        return;
                    }
                    has_begun = true;
                    self.shared.is_at_rest.store(false, Ordering::SeqCst);
                }
                callers.is_due.store(false, Ordering::SeqCst);
                let polled = self.poll(driver.get_or_insert_with(|| lead(self.shared.clone())));
                if polled.is_ready() {
                    *driver = None;
                }
                if let Poll::Ready(Err(reason)) = &polled {
                    callers.answer_lost(reason);
                }
                let is_at_rest = self.shared.is_at_rest.load(Ordering::SeqCst);
                (polled.is_ready(), is_at_rest)
            };
            // Whoever came while the driver was taken was turned away, and waits for a wake-up. Two things may have
            // passed unseen meanwhile: a command that joined the line after the driver last looked at it, and what the
            // driver waits for. This caller sees to the first itself. The second it tells to all, since it may be what
            // an executor uses to let others go on, and this caller may never be polled again.
            if !is_done && !is_at_rest {
                if callers.is_due.load(Ordering::SeqCst) {
                    callers.wake_all();
                }
                return;
            }
            if is_done && !self.shared.has_waiting() {
                return;
            }
        }
    }

    /// Polls the driver. One that panics is at its end, with the reason.
    fn poll(&self, driver: &mut Driver) -> Poll<Result<(), String>> {
        let waker = Waker::from(self.shared.callers.clone());
        let poll = || driver.as_mut().poll(&mut Context::from_waker(&waker));
        match catch_unwind(AssertUnwindSafe(poll)) {
            Ok(polled) => polled.map(Ok),
            Err(panic) => {
                let reason = format!("carrying it out panicked: {}", panic_message(&*panic));
                tracing::error!(reason, "a panic while commands were carried out was caught");
                Poll::Ready(Err(reason))
            }
        }
    }
}

/// A caller in line.
struct Caller<A: Aggregate> {
    slot: Arc<Slot<A>>,
    ticket: Arc<Ticket<A>>,
}

impl<A: Aggregate> Caller<A> {
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        lead: impl Fn(Arc<Shared<A>>) -> Driver,
    ) -> Poll<Answer<A>> {
        let callers = &self.slot.shared.callers;
        callers.remember(self.ticket.number, cx.waker());
        // An answer that is there already needs no driving; the others in line are woken by what the driver waits for.
        if !self.ticket.is_answered() {
            self.slot.drive(&self.ticket, lead);
        }
        match lock(&self.ticket.answer).take() {
            Some(answer) => Poll::Ready(answer),
            None => Poll::Pending,
        }
    }
}

impl<A: Aggregate> Drop for Caller<A> {
    fn drop(&mut self) {
        self.ticket.is_abandoned.store(true, Ordering::Release);
        self.slot.shared.callers.forget(self.ticket.number);
    }
}

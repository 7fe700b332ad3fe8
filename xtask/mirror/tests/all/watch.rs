//! A subscriber of the trace that compares the rebuilt state with the runtime.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt::Debug,
    sync::{Arc, Mutex},
    task::Waker,
    thread::{self, JoinHandle, ThreadId},
    time::Instant,
};

use tracing::{
    Dispatch, Event, Subscriber, dispatcher,
    field::{Field, Visit},
};
use tracing_subscriber::{
    layer::{Context, Layer, SubscriberExt},
    registry,
};

use super::{
    Local, Runtime, Snapshot,
    state::{MAIN, Source, State},
};

#[derive(Clone)]
pub struct Watch {
    runtime: &'static Runtime,
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    state: State,
    ours: ThreadId,
    began: Instant,
    /// The wakers of those that wait, and whether they are of the main future.
    waiting: VecDeque<(Waker, bool)>,
    helpers: Vec<JoinHandle<()>>,
    /// The subscriber for other threads. In the middle of an event `tracing` does not return it.
    dispatch: Dispatch,
    compared: usize,
    problem: Option<String>,
    ended: bool,
    sources: bool,
}

#[derive(Default)]
struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

impl Watch {
    pub fn new(runtime: &'static Runtime) -> Self {
        let shared = Shared {
            state: State::new(runtime.step),
            ours: thread::current().id(),
            began: Instant::now(),
            waiting: VecDeque::new(),
            helpers: Vec::new(),
            dispatch: Dispatch::none(),
            compared: 0,
            problem: None,
            ended: false,
            sources: false,
        };
        Watch { runtime, shared: Arc::new(Mutex::new(shared)) }
    }

    /// Runs a program. Returns how many events were compared, and the first difference.
    pub fn over(&self, main: Local) -> (usize, Option<String>) {
        let dispatch = Dispatch::new(registry().with(self.clone()));
        self.lock().dispatch = dispatch.clone();
        dispatcher::with_default(&dispatch, || (self.runtime.block_on)(main));
        self.lock().dispatch = Dispatch::none();
        let helpers = std::mem::take(&mut self.lock().helpers);
        helpers.into_iter().for_each(|helper| helper.join().unwrap());
        let mut shared = self.lock();
        (shared.compared, shared.problem.take())
    }

    /// From now on the readiness of sockets is compared too.
    pub fn check_sources(&self) {
        self.lock().sources = true;
    }

    pub fn wait(&self, waker: Waker) {
        let mut shared = self.lock();
        let is_main = shared.state.polling.as_deref() == Some(MAIN);
        shared.waiting.push_back((waker, is_main));
    }

    pub fn next_waiting(&self) -> Option<Waker> {
        self.lock().waiting.pop_front().map(|(waker, _)| waker)
    }

    /// Wakes tasks on another thread.
    pub fn elsewhere(&self, wakers: Vec<Waker>) -> JoinHandle<()> {
        let dispatch = self.lock().dispatch.clone();
        thread::spawn(move || {
            dispatcher::with_default(&dispatch, || wakers.into_iter().for_each(Waker::wake));
        })
    }

    /// Wakes all that wait, because the thread is about to park. A single task is woken while the thread is parked. That
    /// is left out for the main future, whose flag keeps the thread from parking, and where a timer can end the wait:
    /// a wake is in the trace a little before it is in the inbox.
    fn wake_all(&self) {
        let mut shared = self.lock();
        let wakers = std::mem::take(&mut shared.waiting);
        let is_later = self.runtime.sleep.is_none() && wakers.len() == 1 && !wakers[0].1;
        drop(shared);
        if wakers.is_empty() {
            return;
        }
        let helper = self.elsewhere(wakers.into_iter().map(|(waker, _)| waker).collect());
        match is_later {
            true => self.lock().helpers.push(helper),
            false => helper.join().unwrap(),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Shared> {
        self.shared.lock().unwrap()
    }
}

impl<S: Subscriber> Layer<S> for Watch {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let field = |name: &str| fields.0.get(name).map_or("", String::as_str);
        let what = field("message").to_owned();
        // mio logs too.
        if !event.metadata().target().contains("runtime") {
            return;
        }
        let mut shared = self.lock();
        let before = shared.state.clone();
        let at = shared.began.elapsed().as_secs_f64() * 1e6;
        let is_ours = shared.ours == thread::current().id();
        shared.state.apply(at, &what, field, Some(!is_ours));
        shared.ended |= what == "ready" && field("task") == "main";
        let is_over = shared.ended || shared.problem.is_some();
        if is_ours
            && !is_over
            && let Some(real) = (self.runtime.snapshot)()
        {
            shared.compared += 1;
            let difference = shared.difference(&what, field("task"), &before, &real);
            shared.problem = difference.map(|difference| {
                format!(
                    "at {what} {}: {difference}\nrebuilt: {:?}\nreal: {real:?}",
                    field("task"),
                    shared.state
                )
            });
        }
        drop(shared);
        if what == "park" {
            self.wake_all();
        }
    }
}

impl Shared {
    fn difference(
        &self,
        what: &str,
        task: &str,
        before: &State,
        real: &Snapshot,
    ) -> Option<&'static str> {
        // A wake is logged just before it enters the queue.
        let queued = if what == "wake" { before } else { &self.state };
        if !queued.queue.iter().eq(&real.queue) {
            return Some("the run queue differs");
        }
        if queued.inbox != real.inbox {
            return Some("the inbox differs");
        }
        if what == "poll" && task == "main" && !before.main_woken {
            return Some("main is polled without a wake");
        }
        if what == "park" && before.main_woken {
            return Some("the thread parks although main was woken");
        }
        // The runtime keeps a task that has ended until it takes it from the queue.
        let mut tasks = self.state.tasks.iter();
        if tasks.any(|(id, ended)| !ended && !real.tasks.contains(id)) {
            return Some("a task is missing in the runtime");
        }
        let tasks: BTreeSet<String> = self.state.tasks.iter().map(|(id, _)| id.clone()).collect();
        if !real.tasks.is_subset(&tasks) {
            return Some("a task is missing in the rebuilt state");
        }
        // The log shows that a task ends just before its future is dropped.
        let ends = self.state.tasks.iter().any(|(id, ended)| id == task && *ended);
        if ends || !matches!(what, "poll" | "pending" | "spawn" | "park" | "timer set") {
            return None;
        }
        let timers = self.state.timers.iter().map(|timer| timer.id.clone());
        if timers.collect::<BTreeSet<_>>() != real.timers {
            return Some("the timers differ");
        }
        if !self.sources || !matches!(what, "pending" | "park") {
            return None;
        }
        let source = |source: &Source| (source.id.clone(), [source.read, source.write]);
        let sources: BTreeMap<_, _> = self.state.sources.iter().map(source).collect();
        (sources != real.sources).then_some("the readiness differs")
    }
}

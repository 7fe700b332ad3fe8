//! For tests of the trace: a subscriber that records the runtime's events, and one that
//! calls a function in the middle of an event. Release builds have no events.

use std::{
    cell::RefCell,
    fmt::Debug,
    mem,
    sync::{Arc, Mutex},
};

use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    subscriber::with_default,
};
use tracing_subscriber::{
    layer::{Context, Layer, SubscriberExt},
    registry,
};

use super::tasks::run;

/// The two fields of an event that tests look at.
#[derive(Default)]
struct Fields {
    task: String,
    message: String,
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        match field.name() {
            "task" => self.task = format!("{value:?}"),
            "message" => self.message = format!("{value:?}"),
            _ => {}
        }
    }
}

/// Records the events of one thread: which task, and what happened.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<(String, String)>>>);

impl<S: Subscriber> Layer<S> for Recorder {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let mut events = self.0.lock().expect("no test panics while it holds the lock");
        events.push((fields.task, fields.message));
    }
}

/// Calls a function, and returns the tasks of all events with this message that happen on
/// this thread meanwhile, in order.
///
/// Every test that looks at events must record or call like this. The `tracing` crate
/// remembers that an event had no subscriber when it first happened, and it can miss a
/// subscriber that is set on another thread at that moment.
pub fn record(message: &str, function: impl FnOnce()) -> Vec<String> {
    let recorder = Recorder::default();
    with_default(registry().with(recorder.clone()), function);
    let events = mem::take(&mut *recorder.0.lock().expect("no thread has panicked"));
    events.into_iter().filter(|event| event.1 == message).map(|event| event.0).collect()
}

/// Runs a future, and returns the tasks of all events with this message, in order.
pub fn tasks_of(message: &str, future: impl Future) -> Vec<String> {
    record(message, || {
        run(future);
    })
}

/// A message, and the function to call at the first event that has this message.
type AtEvent = Option<(&'static str, Box<dyn FnOnce()>)>;

thread_local! {
    static AT_EVENT: RefCell<AtEvent> = const { RefCell::new(None) };
}

/// Calls the function in `AT_EVENT` when its event comes.
struct Caller;

impl<S: Subscriber> Layer<S> for Caller {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let is_due = |(message, _): &mut (&str, _)| *message == fields.message;
        if let Some((_, call)) = AT_EVENT.with_borrow_mut(|at| at.take_if(is_due)) {
            call();
        }
    }
}

/// Calls a function in the middle of the next event of this thread with this message.
pub fn at_next(message: &'static str, call: impl FnOnce() + 'static) {
    AT_EVENT.set(Some((message, Box::new(call))));
}

/// Runs a future in which `at_next` has an effect. The event must come. A release build
/// does not run the future, because there the event would never come.
pub fn traced(future: impl Future) {
    if cfg!(debug_assertions) {
        with_default(registry().with(Caller), || run(future));
        let message = AT_EVENT.take().map(|(message, _)| message);
        assert_eq!(message, None, "the event did not come");
    }
}

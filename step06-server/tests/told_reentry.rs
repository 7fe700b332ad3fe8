//! Whoever is told what the runtime does may be anybody's code. If that uses the runtime, nothing of it gets lost.

mod common;

use std::{
    cell::{Cell, RefCell},
    fmt::Debug,
    future::poll_fn,
    pin::pin,
    rc::Rc,
    task::{self, Poll, Waker},
    thread,
    time::Duration,
};

use common::within_deadline;
use futures_lite::future;
use step06_server::executor::{block_on, spawn};
use step06_server::net::{TcpListener, TcpStream};
use step06_server::time::Timer;
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    subscriber::with_default,
};
use tracing_subscriber::{
    layer::{Context, Layer, SubscriberExt},
    registry,
};

/// What to do when the runtime says a word for the first time.
type AtWord = Option<(&'static str, Box<dyn FnOnce()>)>;

thread_local! {
    static AT_WORD: RefCell<AtWord> = const { RefCell::new(None) };
}

/// Listens to what the runtime says, and does what is to be done.
struct Listener;

impl<S: Subscriber> Layer<S> for Listener {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        event.record(&mut Listener);
    }
}

impl Visit for Listener {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let said = (field.name() == "message").then(|| format!("{value:?}"));
        let is_due = |(word, _): &mut (&str, _)| said.as_deref() == Some(*word);
        if let Some((_, work)) = AT_WORD.with_borrow_mut(|at| at.take_if(is_due)) {
            work();
        }
    }
}

/// Runs a future, and does something when the runtime says that word for the first time. Release builds say nothing.
fn at_word(word: &'static str, work: impl FnOnce() + 'static, future: impl Future) {
    if cfg!(debug_assertions) {
        AT_WORD.set(Some((word, Box::new(work))));
        with_default(registry().with(Listener), || within_deadline(|| block_on(future)));
        assert!(AT_WORD.take().is_none(), "it never said {word:?}");
    }
}

/// A future that is ready once it is told to be, and leaves its waker to whoever tells it.
#[derive(Clone, Default)]
struct Told(Rc<(Cell<bool>, RefCell<Option<Waker>>)>);

impl Told {
    /// Tells it, and gives the waker that is to be woken.
    fn tell(&self) -> Waker {
        self.0.0.set(true);
        self.0.1.take().expect("it waits")
    }

    async fn wait(&self) {
        poll_fn(|cx| {
            self.0.1.replace(Some(cx.waker().clone()));
            if self.0.0.get() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

#[test]
fn the_main_future_that_is_woken_when_the_thread_says_that_it_parks_is_polled() {
    let main = Told::default();
    let teller = main.clone();
    at_word("park", move || teller.tell().wake(), async { main.wait().await });
}

#[test]
fn a_task_that_is_woken_when_the_thread_says_that_it_parks_is_polled() {
    let task = Told::default();
    let teller = task.clone();
    at_word("park", move || teller.tell().wake(), async {
        spawn(async move { task.wait().await }).await;
    });
}

#[test]
fn a_task_that_is_spawned_when_the_thread_says_that_it_parks_is_polled() {
    let main = Told::default();
    let teller = main.clone();
    let spawns = move || spawn(async move { teller.tell().wake() }).detach();
    at_word("park", spawns, async { main.wait().await });
}

#[test]
fn who_parks_when_the_thread_says_that_it_parks_uses_up_no_wake_of_it() {
    let task = Told::default();
    let teller = task.clone();
    let wakes_and_parks = move || {
        let waker = teller.tell();
        thread::spawn(move || waker.wake()).join().expect("a wake does not panic");
        thread::park_timeout(Duration::from_millis(1));
    };
    at_word("park", wakes_and_parks, async {
        spawn(async move { task.wait().await }).await;
    });
}

#[test]
fn a_socket_that_is_made_when_the_runtime_says_that_it_registered_one_works() {
    let makes_another = || {
        let listener = future::block_on(TcpListener::bind(([127, 0, 0, 1], 0).into()));
        listener.expect("some port is free");
    };
    at_word("register", makes_another, async {
        let listener = TcpListener::bind(([127, 0, 0, 1], 0).into())
            .await
            .expect("some port is free");
        let addr = listener.local_addr().expect("it has an address");
        let client = spawn(TcpStream::connect(addr));
        listener.accept().await.expect("somebody connects");
        client.await.expect("somebody accepts");
    });
}

#[test]
fn a_timer_that_is_set_when_the_thread_says_that_it_parks_ends_the_wait() {
    let main = Told::default();
    let teller = main.clone();
    let timer = Rc::new(RefCell::new(Timer::after(Duration::from_millis(5))));
    let set = timer.clone();
    let sets_it = move || {
        let waker = teller.tell();
        let polled =
            pin!(&mut *set.borrow_mut()).poll(&mut task::Context::from_waker(&waker));
        assert!(polled.is_pending());
    };
    at_word("park", sets_it, async { main.wait().await });
}

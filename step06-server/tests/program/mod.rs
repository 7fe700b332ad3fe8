//! Programs for an executor: what its tasks do, said as data. They are run on the real one, and a model looks on.
#![allow(dead_code, reason = "not every test file needs all of it")]

mod acting;
mod deeds;
mod world;

use std::{
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    rc::Rc,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, RecvTimeoutError, Sender},
    },
    task::{Poll, Waker},
    thread,
    time::Duration,
};

use step06_server::executor::block_on;
use step06_server::yield_now::yield_now;

use self::world::World;

/// Longer than an executor takes to get to a task that was woken.
const PATIENCE: Duration = Duration::from_secs(3);

/// What a task does when it is polled or dropped. A number names a task: 0 the one that acts, others count round and
/// round. Nothing happens if there is no such task, or if it has nothing to do that with.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    /// Starts a task with the script of that number.
    Spawn(u8),
    Wake(u8, Way),
    /// Drops the `Task`.
    Cancel(u8),
    Detach(u8),
    /// Polls the `Task` once.
    Join(u8),
    /// Drops the wakers that were kept.
    Forget(u8),
}

/// How a task is woken.
#[derive(Clone, Copy, Debug)]
pub enum Way {
    ByRef,
    /// By the waker of the first poll that is left, which is gone then.
    ByValue,
    ByClone,
    OnAnotherThread,
}

/// How a poll ends.
#[derive(Clone, Copy, Debug)]
pub enum End {
    Pending,
    Ready,
    Panic,
}

/// What a task does in its polls, one after the other, and when it ends. After its last poll it only waits.
#[derive(Clone, Debug, Default)]
pub struct Script {
    pub polls: Vec<(Vec<Act>, End)>,
    pub when_dropped: Vec<Act>,
    pub when_its_output_is_dropped: Vec<Act>,
    /// Whether both drops end with a panic.
    pub drops_panic: bool,
}

/// What the main future does.
#[derive(Clone, Copy, Debug)]
pub enum Main {
    Act(Act),
    /// Lets the loop turn once.
    Turn,
    /// Waits until no task is woken any more.
    Idle,
}

/// A whole program.
#[derive(Clone, Debug, Default)]
pub struct Program {
    pub scripts: Vec<Script>,
    pub main: Vec<Main>,
    pub main_panics: bool,
}

/// What came of a program.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What must not happen whatever the executor is like.
    pub faults: Vec<String>,
    /// Polls of tasks that nobody had woken.
    pub needless: Vec<usize>,
    /// Polls of tasks when another one had been woken before.
    pub out_of_turn: Vec<usize>,
    /// How many polls there were.
    pub polls: usize,
}

/// What a panic carries that is part of the program. It is raised past the panic hook, which has nothing to report.
struct Scripted;

/// Panics as the program says.
fn scripted_panic() -> ! {
    resume_unwind(Box::new(Scripted))
}

/// Calls or drops something, which may panic as the program says.
fn quietly<T>(act: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(act)) {
        Ok(value) => Some(value),
        Err(panic) if panic.is::<Scripted>() => None,
        Err(panic) => resume_unwind(panic),
    }
}

/// Runs a program.
pub fn run(program: &Program) -> Outcome {
    let world = World::new(&program.scripts);
    let alarm = Alarm::new();
    let ended =
        catch_unwind(AssertUnwindSafe(|| block_on(play(program, &world, &alarm))));
    match ended {
        Ok(()) if !program.main_panics => {}
        Err(panic) if program.main_panics && panic.is::<Scripted>() => {}
        _ => world
            .fault("the end of the main future was not that of `block_on`".to_owned()),
    }
    world.check_the_end();
    // Wakers that are left may be used, in another runtime too, and find nobody.
    block_on(async { world.wake_all() });
    world.wake_all();
    world.outcome(Rc::strong_count(&world))
}

/// The main future.
async fn play(program: &Program, world: &Rc<World>, alarm: &Alarm) {
    for step in &program.main {
        world.check();
        match step {
            Main::Act(act) => world.perform(None, &[*act], None),
            Main::Turn => {
                let due = world.due();
                yield_now().await;
                world.check_polled(&due);
            }
            Main::Idle => {
                poll_fn(|cx| {
                    alarm.set(cx.waker());
                    if alarm.has_rung() {
                        world.fault(format!("idle while {:?} were woken", world.due()));
                        return Poll::Ready(());
                    }
                    world.poll_idle(cx)
                })
                .await
            }
        }
    }
    world.check();
    world.close();
    if program.main_panics {
        scripted_panic();
    }
}

/// Wakes the main future when the runtime should not be idle any more: a test that fails says more than one that hangs.
struct Alarm {
    main: Arc<Mutex<Option<Waker>>>,
    rung: Arc<AtomicBool>,
    /// Dropping it ends the wait.
    _ended: Sender<()>,
}

impl Alarm {
    fn new() -> Self {
        let (main, rung) =
            (Arc::new(Mutex::new(None::<Waker>)), Arc::new(AtomicBool::new(false)));
        let (ended, end) = mpsc::channel();
        let (wakes, rings) = (main.clone(), rung.clone());
        thread::spawn(move || {
            if end.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                rings.store(true, Ordering::SeqCst);
                if let Some(waker) = wakes.lock().expect("no panic").take() {
                    waker.wake();
                }
            }
        });
        Alarm { main, rung, _ended: ended }
    }

    fn set(&self, waker: &Waker) {
        *self.main.lock().expect("no panic") = Some(waker.clone());
    }

    fn has_rung(&self) -> bool {
        self.rung.load(Ordering::SeqCst)
    }
}

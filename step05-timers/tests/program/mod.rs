//! Random programs for an executor. A program describes, as data, what its tasks do. It
//! runs on the real executor, while a model in `world.rs` checks each poll and each drop.

mod acting;
mod acts;
mod life;
pub mod strategies;
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

use step::runtime::{block_on, yield_now};

use self::world::World;

/// A time in which an executor surely polls a task that was woken.
const PATIENCE: Duration = Duration::from_secs(3);

/// What a task does when it is polled or dropped. The number chooses another task, modulo
/// the number of tasks, and 0 chooses the task itself. If there is no such task, or if
/// the task cannot do this now, nothing happens.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    /// Spawns a task that follows the script with this number.
    Spawn(u8),
    Wake(u8, Way),
    /// Drops the `Task`.
    Cancel(u8),
    Detach(u8),
    /// Polls the `Task` once.
    Join(u8),
    /// Drops the wakers of the task that the test has kept.
    Forget(u8),
}

/// How a task is woken.
#[derive(Clone, Copy, Debug)]
pub enum Way {
    ByRef,
    /// With the oldest waker that the test has kept. The call consumes it.
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

/// What a task does in each of its polls, and when its future and its output are dropped.
/// After the polls that are listed here, it does nothing and stays pending.
#[derive(Clone, Debug, Default)]
pub struct Script {
    pub polls: Vec<(Vec<Act>, End)>,
    pub on_drop: Vec<Act>,
    pub on_drop_of_output: Vec<Act>,
}

/// What the main future does.
#[derive(Clone, Copy, Debug)]
pub enum Main {
    Act(Act),
    /// Yields once.
    Turn,
    /// Waits until no task is woken.
    Idle,
}

/// A whole program.
#[derive(Clone, Debug, Default)]
pub struct Program {
    pub scripts: Vec<Script>,
    pub main: Vec<Main>,
    pub main_panics: bool,
}

/// The result of a program.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Mistakes that no executor may make.
    pub faults: Vec<String>,
    /// The tasks that were polled without a wake.
    pub needless: Vec<usize>,
    /// The tasks that were polled although another one was woken before.
    pub out_of_turn: Vec<usize>,
    /// The number of polls.
    pub polls: usize,
}

/// The payload of a panic that is part of the program.
struct Scripted;

/// Panics as the program demands, without a message from the panic hook.
fn scripted_panic() -> ! {
    resume_unwind(Box::new(Scripted))
}

/// Runs a program.
pub fn run(program: &Program) -> Outcome {
    let world = World::new(&program.scripts);
    let alarm = Alarm::new();
    let main = || block_on(play(program, &world, &alarm));
    let ended = catch_unwind(AssertUnwindSafe(main));
    match (ended, world.panics()) {
        (Ok(()), false) => {}
        (Err(payload), true) if payload.is::<Scripted>() => {}
        _ => world.fault("`block_on` ended in another way than the program".to_owned()),
    }
    world.check_the_end();
    // The wakers that are left can be woken, in the next runtime and outside, and wake
    // nothing.
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
    world.close(program.main_panics);
    if program.main_panics {
        scripted_panic();
    }
}

/// Wakes the main future after a while. A test that fails with a message is more useful
/// than one that hangs.
struct Alarm {
    main: Arc<Mutex<Option<Waker>>>,
    rung: Arc<AtomicBool>,
    /// Dropping this ends the thread.
    _stop: Sender<()>,
}

impl Alarm {
    fn new() -> Self {
        let main = Arc::new(Mutex::new(None::<Waker>));
        let rung = Arc::new(AtomicBool::new(false));
        let (stop, stopped) = mpsc::channel();
        let (slot, flag) = (main.clone(), rung.clone());
        thread::spawn(move || {
            if stopped.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                flag.store(true, Ordering::SeqCst);
                if let Some(waker) = slot.lock().expect("no panic").take() {
                    waker.wake();
                }
            }
        });
        Alarm { main, rung, _stop: stop }
    }

    fn set(&self, waker: &Waker) {
        *self.main.lock().expect("no panic") = Some(waker.clone());
    }

    fn has_rung(&self) -> bool {
        self.rung.load(Ordering::SeqCst)
    }
}

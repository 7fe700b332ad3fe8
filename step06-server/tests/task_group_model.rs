//! Whatever a group's members do, its length is right, and those who join it are woken when it is empty, and only then.

mod common;

use std::{
    cell::{Cell, RefCell},
    future::Future,
    panic::resume_unwind,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use common::{Wakes, config, within_deadline};
use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any, prop_oneof, proptest},
};
use step06_server::executor::block_on;
use step06_server::task_group::TaskGroup;
use step06_server::yield_now::yield_now;

/// What is done. A number names a member or someone who joins; it counts round and round.
#[derive(Clone, Copy, Debug)]
enum Step {
    Spawn,
    /// Wakes a member, which ends that way when it is polled.
    End(usize, End),
    /// Begins to join.
    Join,
    PollJoin(usize),
    DropJoin(usize),
    Cancel,
    /// Lets the loop turn: once for those who were woken, and once for their children.
    Turns,
}

/// How a member ends.
#[derive(Clone, Copy, Debug)]
enum End {
    Ready,
    Panic,
    /// It spawns another one, and ends.
    Spawn,
    /// It cancels the group, and with that itself.
    Cancel,
    /// It goes on, and will spawn another one when it is dropped.
    SpawnWhenDropped,
}

fn step() -> impl Strategy<Value = Step> {
    let which = || any::<u8>().prop_map(usize::from);
    let end = prop_oneof![
        4 => Just(End::Ready),
        1 => Just(End::Panic),
        2 => Just(End::Spawn),
        1 => Just(End::Cancel),
        1 => Just(End::SpawnWhenDropped),
    ];
    prop_oneof![
        3 => Just(Step::Spawn),
        8 => (which(), end).prop_map(|(which, end)| Step::End(which, end)),
        2 => Just(Step::Join),
        4 => which().prop_map(Step::PollJoin),
        1 => which().prop_map(Step::DropJoin),
        1 => Just(Step::Cancel),
        4 => Just(Step::Turns),
    ]
}

/// What a member shares with the model.
#[derive(Default)]
struct Member {
    end: Cell<Option<End>>,
    waker: RefCell<Option<Waker>>,
    /// Whether it must be out when the loop has turned.
    ends: Cell<bool>,
    spawns_when_dropped: Cell<bool>,
    is_in: Cell<bool>,
    dropped: Cell<u32>,
    haunts: Cell<bool>,
}

#[derive(Default)]
struct Model {
    group: TaskGroup,
    members: RefCell<Vec<Rc<Member>>>,
    joins: RefCell<Vec<Joining>>,
}

/// One who joins.
struct Joining {
    future: Pin<Box<dyn Future<Output = ()>>>,
    /// How often it was woken since it was polled, and how often it must have been.
    wakes: Arc<Wakes>,
    expected: usize,
    /// Whether it waits for that.
    waits: bool,
}

/// The future of a member.
struct Acting {
    model: Rc<Model>,
    member: Rc<Member>,
}

impl Future for Acting {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.member.haunts.set(!self.member.is_in.get());
        self.member.waker.replace(Some(cx.waker().clone()));
        match self.member.end.take() {
            Some(End::Ready) => return Poll::Ready(()),
            Some(End::Panic) => resume_unwind(Box::new("scripted")),
            Some(End::Spawn) => {
                spawn(&self.model);
                return Poll::Ready(());
            }
            Some(End::Cancel) => cancel(&self.model),
            Some(End::SpawnWhenDropped) => self.member.spawns_when_dropped.set(true),
            None => {}
        }
        Poll::Pending
    }
}

impl Drop for Acting {
    fn drop(&mut self) {
        self.member.dropped.set(self.member.dropped.get() + 1);
        if self.member.spawns_when_dropped.get() {
            spawn(&self.model);
        }
        // Its place is given up when this is over.
        leave(&self.model, &self.member);
    }
}

fn spawn(model: &Rc<Model>) {
    let member = Rc::new(Member::default());
    member.is_in.set(true);
    model.members.borrow_mut().push(member.clone());
    model.group.spawn(Acting { model: model.clone(), member });
}

/// Cancels the group, which ends with nobody in it.
fn cancel(model: &Model) {
    model.group.cancel();
    let members = model.members.borrow().clone();
    members.iter().for_each(|member| leave(model, member));
}

/// Takes a member out of the model. If that leaves nobody, those who wait for it are woken.
fn leave(model: &Model, member: &Member) {
    member.is_in.set(false);
    if model.len() == 0 {
        let mut joins = model.joins.borrow_mut();
        let waiting = joins.iter_mut().filter(|join| join.waits);
        waiting.for_each(|join| (join.waits, join.expected) = (false, 1));
    }
}

impl Model {
    fn len(&self) -> usize {
        self.members.borrow().iter().filter(|member| member.is_in.get()).count()
    }

    fn check(&self) {
        assert_eq!(self.group.len(), self.len(), "the length");
        for join in &*self.joins.borrow() {
            assert_eq!(join.wakes.count(), join.expected, "the wakes of one who joins");
        }
        for member in &*self.members.borrow() {
            assert_eq!(member.dropped.get(), u32::from(!member.is_in.get()), "the drops");
            assert!(!member.haunts.get(), "a member was polled when it was in no more");
        }
    }

    /// Polls one who joins, and says whether it is done.
    fn poll_join(&self, which: usize) -> bool {
        let (wakes, waker) = Wakes::new();
        let join = &mut self.joins.borrow_mut()[which];
        (join.wakes, join.expected, join.waits) = (wakes, 0, self.len() > 0);
        let joined =
            join.future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready();
        assert_eq!(joined, !join.waits, "whether the group is joined");
        joined
    }
}

async fn run(model: &Rc<Model>, step: Step) {
    let count = model.joins.borrow().len();
    match step {
        Step::Spawn => spawn(model),
        Step::End(which, end) => {
            let members = model.members.borrow().clone();
            let member = which.checked_rem(members.len()).map(|which| &members[which]);
            if let Some(member) = member.filter(|member| member.is_in.get()) {
                member.end.set(Some(end));
                member.ends.set(!matches!(end, End::SpawnWhenDropped));
                member.waker.take().into_iter().for_each(Waker::wake);
            }
        }
        Step::Join => {
            let joins = model.clone();
            let future = Box::pin(async move { joins.group.join().await });
            let join =
                Joining { future, wakes: Arc::default(), expected: 0, waits: false };
            model.joins.borrow_mut().push(join);
        }
        Step::PollJoin(_) | Step::DropJoin(_) if count == 0 => {}
        Step::PollJoin(which) => {
            if model.poll_join(which % count) {
                drop(model.joins.borrow_mut().remove(which % count));
            }
        }
        Step::DropJoin(which) => {
            let Joining { future, wakes, .. } =
                model.joins.borrow_mut().remove(which % count);
            drop(future);
            assert_eq!(
                Arc::strong_count(&wakes),
                1,
                "whether the group let go of the waker"
            );
        }
        Step::Cancel => cancel(model),
        Step::Turns => {
            yield_now().await;
            yield_now().await;
            for member in &*model.members.borrow() {
                assert!(
                    !member.ends.get() || !member.is_in.get(),
                    "a woken member did not end"
                );
            }
        }
    }
    model.check();
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn a_group_does_what_the_model_does(steps in vec(step(), 1..60)) {
        within_deadline(|| block_on(async {
            let model = Rc::new(Model::default());
            // In the end all are gone, those too that are spawned when the others are dropped.
            for step in steps.into_iter().chain([Step::Cancel, Step::Turns, Step::Cancel]) {
                run(&model, step).await;
            }
            let mut all = 0..model.joins.borrow().len();
            assert!(all.all(|join| model.poll_join(join)), "an empty group is joined");
            model.joins.take();
            assert_eq!(Rc::strong_count(&model), 1, "something is left behind");
        }));
    }
}

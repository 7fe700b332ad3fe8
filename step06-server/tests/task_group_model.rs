//! Groups against a model of their length, and of the wakes of those that join them.

use std::{
    cell::{Cell, RefCell},
    future::Future,
    panic::resume_unwind,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any, prop_oneof, proptest},
};
use step::runtime::{TaskGroup, yield_now};

use crate::common::{Wakes, config, tasks};

/// What is done to the group. A number chooses a member or a join, modulo their count.
#[derive(Clone, Copy, Debug)]
enum Step {
    Spawn,
    /// Wakes a member, which ends in this way in its next poll.
    End(usize, End),
    Join,
    PollJoin(usize),
    DropJoin(usize),
    Cancel,
    /// Lets the loop turn, twice: the tasks that are woken can spawn others.
    Turns,
}

/// How a member ends.
#[derive(Clone, Copy, Debug)]
enum End {
    Ready,
    Panic,
    /// It spawns another member, and ends.
    Spawn,
    /// It cancels the group, and with that itself.
    Cancel,
    /// It waits on, and spawns another member when it is dropped.
    SpawnOnDrop,
}

fn step() -> impl Strategy<Value = Step> {
    let which = || any::<u8>().prop_map(usize::from);
    let end = prop_oneof![
        4 => Just(End::Ready),
        1 => Just(End::Panic),
        2 => Just(End::Spawn),
        1 => Just(End::Cancel),
        1 => Just(End::SpawnOnDrop),
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

/// The model of a member.
#[derive(Default)]
struct Member {
    end: Cell<Option<End>>,
    waker: RefCell<Option<Waker>>,
    /// Whether it must end when the loop turns.
    ends: Cell<bool>,
    spawns_on_drop: Cell<bool>,
    is_in: Cell<bool>,
    drops: Cell<u32>,
    was_polled_outside: Cell<bool>,
}

#[derive(Default)]
struct Model {
    group: TaskGroup,
    members: RefCell<Vec<Rc<Member>>>,
    joins: RefCell<Vec<Join>>,
}

struct Join {
    future: Pin<Box<dyn Future<Output = ()>>>,
    wakes: Arc<Wakes>,
    /// How often it must have been woken since its last poll.
    expected: usize,
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
        self.member.was_polled_outside.set(!self.member.is_in.get());
        self.member.waker.replace(Some(cx.waker().clone()));
        match self.member.end.take() {
            Some(End::Ready) => return Poll::Ready(()),
            Some(End::Panic) => resume_unwind(Box::new("scripted")),
            Some(End::Spawn) => {
                spawn(&self.model);
                return Poll::Ready(());
            }
            Some(End::Cancel) => cancel(&self.model),
            Some(End::SpawnOnDrop) => self.member.spawns_on_drop.set(true),
            None => {}
        }
        Poll::Pending
    }
}

impl Drop for Acting {
    fn drop(&mut self) {
        self.member.drops.set(self.member.drops.get() + 1);
        if self.member.spawns_on_drop.get() {
            spawn(&self.model);
        }
        // The member leaves the group after its future was dropped.
        leave(&self.model, &self.member);
    }
}

fn spawn(model: &Rc<Model>) {
    let member = Rc::new(Member::default());
    member.is_in.set(true);
    model.members.borrow_mut().push(member.clone());
    model.group.spawn(Acting { model: model.clone(), member });
}

fn cancel(model: &Model) {
    model.group.cancel();
    model.members.borrow().iter().for_each(|member| leave(model, member));
}

/// Takes a member out of the model. If the group is empty then, it wakes the joins.
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
        let joins = self.joins.borrow();
        joins.iter().for_each(|join| assert_eq!(join.wakes.count(), join.expected));
        for member in &*self.members.borrow() {
            assert_eq!(member.drops.get(), u32::from(!member.is_in.get()), "the drops");
            assert!(!member.was_polled_outside.get(), "a member was polled too late");
        }
    }

    /// Polls a join, and returns whether it is ready.
    fn poll_join(&self, which: usize) -> bool {
        let (wakes, waker) = Wakes::new();
        let join = &mut self.joins.borrow_mut()[which];
        (join.wakes, join.expected, join.waits) = (wakes, 0, self.len() > 0);
        let mut cx = Context::from_waker(&waker);
        let mut is_ready = join.future.as_mut().poll(&mut cx).is_ready();
        if !is_ready && !join.waits {
            // The budget of this poll is used up, so the join was woken at once.
            join.expected = 1;
            is_ready = join.future.as_mut().poll(&mut cx).is_ready();
        }
        assert_eq!(is_ready, !join.waits, "whether a join is ready");
        is_ready
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
                member.ends.set(!matches!(end, End::SpawnOnDrop));
                member.end.set(Some(end));
                member.waker.take().into_iter().for_each(Waker::wake);
            }
        }
        Step::Join => {
            let joined = model.clone();
            let future = Box::pin(async move { joined.group.join().await });
            let join = Join { future, wakes: Arc::default(), expected: 0, waits: false };
            model.joins.borrow_mut().push(join);
        }
        Step::PollJoin(_) | Step::DropJoin(_) if count == 0 => {}
        Step::PollJoin(which) => {
            if model.poll_join(which % count) {
                drop(model.joins.borrow_mut().remove(which % count));
            }
        }
        Step::DropJoin(which) => {
            let join = model.joins.borrow_mut().remove(which % count);
            drop(join.future);
            assert_eq!(Arc::strong_count(&join.wakes), 1, "a dropped join left a waker");
        }
        Step::Cancel => cancel(model),
        Step::Turns => {
            yield_now().await;
            yield_now().await;
            for member in &*model.members.borrow() {
                let stays = member.ends.get() && member.is_in.get();
                assert!(!stays, "a member that was woken did not end");
            }
        }
    }
    model.check();
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn a_group_behaves_as_in_the_model(steps in vec(step(), 1..60)) {
        tasks::run(async {
            let model = Rc::new(Model::default());
            // Destructors can spawn members, too.
            let last = [Step::Cancel, Step::Turns, Step::Cancel];
            for step in steps.into_iter().chain(last) {
                run(&model, step).await;
            }
            let mut all = 0..model.joins.borrow().len();
            assert!(all.all(|join| model.poll_join(join)), "an empty group is joined");
            model.joins.take();
            assert_eq!(Rc::strong_count(&model), 1, "something is left behind");
        });
    }
}

//! How random programs are made.

use proptest::{
    bool::weighted,
    collection::vec,
    prelude::{Just, Strategy, any, prop_oneof},
};

use super::{Act, End, Main, Program, Script, Way};

fn act() -> impl Strategy<Value = Act> {
    let way = prop_oneof![
        3 => Just(Way::ByRef),
        2 => Just(Way::ByValue),
        1 => Just(Way::ByClone),
        1 => Just(Way::OnAnotherThread),
    ];
    // Tasks act on themselves more often than by chance.
    let which = || prop_oneof![Just(0u8), any::<u8>()];
    prop_oneof![
        3 => any::<u8>().prop_map(Act::Spawn),
        6 => (which(), way).prop_map(|(which, way)| Act::Wake(which, way)),
        2 => which().prop_map(Act::Cancel),
        1 => which().prop_map(Act::Detach),
        5 => any::<u8>().prop_map(Act::Join),
        1 => which().prop_map(Act::Forget),
    ]
}

fn script() -> impl Strategy<Value = Script> {
    let end = prop_oneof![
        6 => Just(End::Pending),
        3 => Just(End::Ready),
        1 => Just(End::Panic),
    ];
    let rarely = || prop_oneof![3 => Just(Vec::new()), 1 => vec(act(), 1..3)];
    let polls = vec((vec(act(), 0..4), end), 0..5);
    (polls, rarely(), rarely(), weighted(0.1)).prop_map(
        |(polls, on_drop, on_drop_of_output, drops_panic)| Script {
            polls,
            on_drop,
            on_drop_of_output,
            drops_panic,
        },
    )
}

pub fn program() -> impl Strategy<Value = Program> {
    let main = prop_oneof![
        4 => act().prop_map(Main::Act),
        2 => Just(Main::Turn),
        1 => Just(Main::Idle),
    ];
    (vec(script(), 1..5), vec(main, 1..40), weighted(0.1))
        .prop_map(|(scripts, main, main_panics)| Program { scripts, main, main_panics })
}

//! Several handles to one socket in one task: each of them is served.

use std::{future::poll_fn, task::Poll};

use crate::common::{
    floods::{Counts, Part, flood, readable},
    tasks::run,
};

#[test]
fn all_clones_of_a_socket_are_served_in_one_task() {
    run(async {
        let (stream, _peer) = readable().await;
        let counts = Counts::default();
        let flood_of = |number: usize| -> Part {
            let counts = counts.clone();
            let count = move || counts[number].set(counts[number].get() + 1);
            Box::pin(flood(stream.clone(), count))
        };
        let mut parts = [0, 1, 2, 3].map(flood_of);
        let mut polls = 0;
        poll_fn(|cx| {
            for part in &mut parts {
                assert!(part.as_mut().poll(cx).is_pending());
            }
            polls += 1;
            if polls < 100 { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
        // The clones share one budget, and wait in one line.
        assert!(counts.iter().all(|count| count.get() > 10), "{counts:?}");
    });
}

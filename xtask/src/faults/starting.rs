//! Faults of starting.

use anyhow::{Context, Result};

use super::{scene::came_to_pass, strace::Trace};
use crate::{
    client::PATIENCE,
    suite::{Case, Ctx},
    verdict::ensure,
};

/// The cases of this part.
pub const CASES: &[Case] = &[Case::new(
    6,
    "starting fails, whichever call it is that does: status 1 and one line on stderr",
    does_not_start,
)];

/// The calls that the server needs to start, the error of each, and what it is called in words.
const CALLS: &[(&str, &str, &str, &str)] = &[
    ("socket", "EMFILE", "1..1", "Too many open files"),
    ("bind", "EACCES", "1..1", "Permission denied"),
    ("listen", "ENOMEM", "1..1", "Cannot allocate memory"),
    ("epoll_create1", "EMFILE", "1..1", "Too many open files"),
    ("eventfd2", "EMFILE", "1..1", "Too many open files"),
    // The poller's own waker, the listener, the signals' socket.
    ("epoll_ctl", "ENOSPC", "1..1", "No space left"),
    ("epoll_ctl", "ENOSPC", "2..2", "No space left"),
    ("epoll_ctl", "ENOMEM", "3..3", "Cannot allocate memory"),
    ("socketpair", "ENFILE", "1..1", "Too many open files"),
];

fn does_not_start(ctx: &Ctx<'_>) -> Result<()> {
    let mut injected = 0;
    for (call, error, when, words) in CALLS {
        let what = || format!("with {error} from {call}, number {when}");
        let (trace, under) = Trace::new(call, Some((error, when)))?;
        let mut program = ctx.launch().under(under).args(&["2s"]).spawn()?;
        let status = program.wait_exit(PATIENCE).with_context(what)?;
        let (stdout, stderr) = (program.log().stdout(), program.log().stderr());
        let one_line = stderr.lines().count() == 1 && stderr.contains(words);
        ensure(
            status.code() == Some(1) && stdout.is_empty() && one_line,
            format!("{}: status 1, one line on stderr that says {words:?}", what()),
            format!("{status}, stdout {stdout:?}, stderr {stderr:?}"),
        )?;
        let times = trace.calls()?.injected();
        came_to_pass(times, 1).with_context(what)?;
        injected += times;
    }
    ctx.found(injected, "status 1, and one line that says why", "the game");
    Ok(())
}

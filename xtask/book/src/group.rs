//! Commands in a process group of their own: a deadline and Ctrl-C end everything that they have started.

use std::{
    io::{self, Read},
    process::{Command, ExitStatus, Stdio},
    sync::{Mutex, PoisonError, mpsc},
    thread,
    time::Duration,
};

use anyhow::{Context, Result};

/// The groups that run now, by their leaders' ids.
static RUNNING: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// Runs a command to its end, or ends it and everything that it has started when the time is over.
///
/// Returns its status, unless the deadline ended it, and what it printed on stdout and stderr, in the order in which a
/// terminal would show it.
pub fn run(mut command: Command, patience: Duration) -> Result<(Option<ExitStatus>, String)> {
    #[cfg(unix)]
    pass_interrupts_on()?;
    let (mut reader, writer) = io::pipe().context("cannot open a pipe")?;
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let program = command.get_program().display().to_string();
    let mut child = {
        let mut running = running();
        let child = command.spawn().with_context(|| format!("cannot start {program}"))?;
        running.push(child.id());
        child
    };
    // The command holds the writing end of the pipe: the output ends only after it is gone.
    drop(command);
    let (send, done) = mpsc::channel();
    let listener = thread::spawn(move || {
        let mut output = Vec::new();
        let _ = reader.read_to_end(&mut output);
        let _ = send.send(());
        output
    });
    let in_time = done.recv_timeout(patience).is_ok();
    if !in_time {
        kill(child.id());
        let _ = child.kill();
    }
    let status = child.wait();
    running().retain(|leader| *leader != child.id());
    let output = listener.join().unwrap_or_default();
    let output = String::from_utf8_lossy(&output).into_owned();
    Ok((Some(status?).filter(|_| in_time), output))
}

/// Ctrl-C reaches only the group of the terminal, so it is passed on to the groups that run.
#[cfg(unix)]
fn pass_interrupts_on() -> Result<()> {
    use std::sync::atomic::{AtomicBool, Ordering};

    use signal_hook::{
        consts::{SIGHUP, SIGINT, SIGTERM},
        low_level::pipe,
    };
    static IS_DONE: AtomicBool = AtomicBool::new(false);
    if IS_DONE.swap(true, Ordering::Relaxed) {
        return Ok(());
    }
    let (mut reader, writer) = io::pipe().context("cannot open a pipe")?;
    for signal in [SIGHUP, SIGINT, SIGTERM] {
        pipe::register(signal, writer.try_clone()?)?;
    }
    thread::spawn(move || {
        if reader.read(&mut [0]).is_ok() {
            running().iter().for_each(|leader| kill(*leader));
            std::process::exit(130);
        }
    });
    Ok(())
}

fn running() -> std::sync::MutexGuard<'static, Vec<u32>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends a group.
#[cfg(unix)]
fn kill(leader: u32) {
    use rustix::process::{Pid, Signal, kill_process_group};
    if let Some(group) = i32::try_from(leader).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(group, Signal::KILL);
    }
}

/// On Windows, the children are on the same console, so they get Ctrl-C themselves.
#[cfg(not(unix))]
fn kill(_: u32) {}

#[cfg(all(test, unix))]
mod tests {
    use std::time::Instant;

    use super::*;

    /// Runs a line of shell.
    fn shell(line: &str, patience: Duration) -> (Option<ExitStatus>, String) {
        let mut command = Command::new("sh");
        command.args(["-c", line]);
        run(command, patience).unwrap()
    }

    #[test]
    fn both_streams_are_read_in_their_order() {
        let (status, output) = shell("echo a; echo b >&2; echo c; exit 3", Duration::from_secs(60));
        assert_eq!((status.unwrap().code(), output.as_str()), (Some(3), "a\nb\nc\n"));
    }

    #[test]
    fn a_deadline_ends_the_children_too() {
        let began = Instant::now();
        // The child of the shell holds the pipe open.
        assert!(shell("sleep 60 & wait", Duration::from_millis(50)).0.is_none());
        assert!(began.elapsed() < Duration::from_secs(30));
    }
}

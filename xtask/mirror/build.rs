//! Copies the runtimes of steps 03 to 06, and adds a function `snapshot` that returns what a runtime really has.

use std::{env, fs, io, path::Path};

const KEYS: &str = "
impl<T> Slab<T> {
    pub(crate) fn keys(&self) -> impl Iterator<Item = Key> {
        let full = (0..).zip(&self.slots).filter(|(_, slot)| slot.value.is_some());
        full.map(|(index, slot)| Key { index, generation: slot.generation })
    }
}
";

const INBOX: &str = "
impl Inbox {
    pub(crate) fn snapshot(&self) -> Vec<String> {
        self.lock().woken.iter().map(|id| id.to_string()).collect()
    }
}
";

const READINESS: &str = "
impl Readiness {
    pub(crate) fn snapshot(&self) -> [bool; 2] {
        [&self.read, &self.write].map(|half| half.state.get() != State::NotReady)
    }
}
";

const TIMERS: &str = "
impl Timers {
    pub(crate) fn snapshot(&self) -> std::collections::BTreeSet<String> {
        self.queue.borrow().wakers.keys().map(|key| key.to_string()).collect()
    }
}
";

const REACTOR: &str = "
impl Reactor {
    pub(crate) fn snapshot(&self) -> std::collections::BTreeMap<String, [bool; 2]> {
        let sources = self.sources.borrow();
        let source = |key: Key| Some((key.to_string(), sources.get(key)?.READINESS));
        sources.keys().filter_map(source).collect()
    }
}
";

const EXECUTOR: &str = "
pub fn snapshot() -> Option<crate::Snapshot> {
    let executor = Executor::current()?;
    let queue = executor.queue.borrow().iter().map(TaskId::to_string).collect();
    let tasks = executor.tasks.borrow().keys().map(|key| key.to_string()).collect();
    let inbox = executor.inbox.snapshot();
    Some(crate::Snapshot { queue, inbox, tasks, sources: SOURCES, timers: TIMERS })
}
";

fn main() -> io::Result<()> {
    let out = env::var("OUT_DIR").expect("cargo sets it");
    for (number, step) in
        [(3, "step03-waker"), (4, "step04-reactor"), (5, "step05-timers"), (6, "step06-server")]
    {
        let from = Path::new("../..").join(step).join("src/runtime");
        let to = Path::new(&out).join(format!("step0{number}"));
        println!("cargo::rerun-if-changed={}", from.display());
        copy(&from, &to, number)?;
        let module = to.join("mod.rs");
        let text = format!("#[allow(warnings, clippy::all)]\n#[path = {module:?}]\nmod runtime;\n");
        fs::write(to.with_extension("rs"), text)?;
    }
    Ok(())
}

/// Copies a folder of sources, with what the tests need at the ends of some files.
fn copy(from: &Path, to: &Path, step: u8) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let (path, name) = (entry.as_ref().unwrap().path(), entry?.file_name());
        let copied = to.join(&name);
        if path.is_dir() {
            copy(&path, &copied, step)?;
            continue;
        }
        let snapshot = |from, part: &str| match step >= from {
            true => format!("executor.{part}.snapshot()"),
            false => "Default::default()".to_owned(),
        };
        let readiness = if step < 6 { "snapshot()" } else { "upgrade()?.readiness().snapshot()" };
        let more: &str = match name.to_str().unwrap_or_default() {
            "executor.rs" => &EXECUTOR
                .replace("SOURCES", &snapshot(4, "reactor"))
                .replace("TIMERS", &snapshot(5, "timers")),
            "inbox.rs" => INBOX,
            "reactor.rs" => &REACTOR.replace("READINESS", readiness),
            "readiness.rs" => READINESS,
            "slab.rs" => KEYS,
            "timers.rs" => TIMERS,
            _ => "",
        };
        let text = fs::read_to_string(path)?
            // All copies are modules of one test.
            .replace("crate::", &format!("crate::step0{step}::"))
            .replace("pub use executor::{", "pub use executor::{snapshot, ");
        fs::write(copied, text + more)?;
    }
    Ok(())
}

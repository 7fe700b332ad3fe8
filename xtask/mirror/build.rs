//! Copies the runtimes of steps 03 to 06, and adds a function `snapshot` that returns what a runtime really has.

use std::{env, fs, io, path::Path};

const KEYS: &str = "
impl<T> Slab<T> {
    pub(crate) fn keys(&self) -> Vec<Key> {
        let full = (0..).zip(&self.slots).filter(|(_, slot)| slot.value.is_some());
        full.map(|(index, slot)| Key { index, generation: slot.generation }).collect()
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
    pub(crate) fn snapshot(&self) -> Vec<String> {
        self.queue.borrow().wakers.keys().iter().map(Key::to_string).collect()
    }
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
        let more = match name.to_str().unwrap_or_default() {
            "executor.rs" => executor(step),
            "inbox.rs" => INBOX.to_owned(),
            "mod.rs" if to.ends_with(format!("step0{step}")) => {
                "\npub(crate) use executor::snapshot;\n".to_owned()
            }
            "reactor.rs" => reactor(step),
            "readiness.rs" => READINESS.to_owned(),
            "slab.rs" => KEYS.to_owned(),
            "timers.rs" => TIMERS.to_owned(),
            _ => String::new(),
        };
        fs::write(copied, fs::read_to_string(path)? + &more)?;
    }
    Ok(())
}

fn executor(step: u8) -> String {
    let tasks = match step {
        3 => "keys().map(TaskId::to_string)",
        _ => "keys().into_iter().map(|key| TaskId(key).to_string())",
    };
    let sources = if step >= 4 { "executor.reactor.snapshot()" } else { "Vec::new()" };
    let timers = if step >= 5 { "executor.timers.snapshot()" } else { "Vec::new()" };
    format!(
        "
pub(crate) fn snapshot() -> Option<crate::common::Snapshot> {{
    let executor = Executor::current()?;
    let queue = executor.queue.borrow().iter().map(TaskId::to_string).collect();
    let tasks = executor.tasks.borrow().{tasks}.collect();
    let inbox = executor.inbox.snapshot();
    Some(crate::common::Snapshot {{ queue, inbox, tasks, sources: {sources}, timers: {timers} }})
}}
"
    )
}

fn reactor(step: u8) -> String {
    let readiness = match step {
        6 => "upgrade()?.readiness().snapshot()",
        _ => "snapshot()",
    };
    format!(
        "
impl Reactor {{
    pub(crate) fn snapshot(&self) -> Vec<(String, [bool; 2])> {{
        let sources = self.sources.borrow();
        let source = |key: Key| Some((key.to_string(), sources.get(key)?.{readiness}));
        sources.keys().into_iter().filter_map(source).collect()
    }}
}}
"
    )
}

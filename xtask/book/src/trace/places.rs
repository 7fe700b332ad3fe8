//! Where a step's source logs an event. A module and a message name one `trace!` call, so the log needs no line numbers.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::Result;
use kit::tree;

/// How many lines an excerpt has before and after its line.
const AROUND: usize = 7;

/// The `trace!` calls of a step.
#[derive(Debug, Default)]
pub struct Places {
    dir: PathBuf,
    calls: BTreeMap<(String, String), Vec<(String, usize)>>,
}

impl Places {
    /// Finds the calls in the sources of the step in a folder.
    pub fn read(dir: &Path) -> Result<Self> {
        let mut places = Places { dir: dir.to_owned(), ..Places::default() };
        for file in tree::files_under(&dir.join("src"))? {
            let path = tree::relative(dir, &file);
            let Some(module) = path.strip_prefix("src/").and_then(|it| it.strip_suffix(".rs"))
            else {
                continue;
            };
            let module = module.trim_end_matches("/mod").replace('/', "::");
            for (line, message) in calls(&tree::read(&file)?) {
                let place = (path.clone(), line);
                places.calls.entry((module.clone(), message)).or_default().push(place);
            }
        }
        Ok(places)
    }

    /// The file and the line of the call that logs a message, if there is exactly one.
    pub fn find(&self, module: &str, message: &str) -> Option<(&str, usize)> {
        let places = self.calls.get(&(module.to_owned(), message.to_owned()))?;
        match &places[..] {
            [(file, line)] => Some((file, *line)),
            _ => None,
        }
    }

    /// The lines of a file around a line, with the number of the first.
    pub fn excerpt(&self, file: &str, line: usize) -> Result<(usize, Vec<String>)> {
        let text = tree::read(&self.dir.join(file))?;
        let first = line.saturating_sub(AROUND).max(1);
        let lines = text.lines().skip(first - 1).take(line + AROUND + 1 - first);
        Ok((first, lines.map(str::to_owned).collect()))
    }
}

/// The lines of `trace!` calls, with the message of each: the last string in it.
pub fn calls(text: &str) -> Vec<(usize, String)> {
    let calls = text.match_indices("trace!(").filter_map(|(at, _)| {
        let call = text[at..].split(");").next()?;
        let message = call.rsplit('"').nth(1)?;
        Some((text[..at].matches('\n').count() + 1, message.to_owned()))
    });
    calls.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kit::steps::Workspace;

    #[test]
    fn a_module_and_a_message_name_one_call_in_each_step() {
        let workspace = Workspace::load().unwrap();
        for step in workspace.steps.iter().skip(1) {
            let places = Places::read(&step.dir).unwrap();
            assert!(places.calls.len() >= 7, "{}", step.name);
            for (call, places) in &places.calls {
                assert_eq!(places.len(), 1, "{}: {call:?}", step.name);
            }
        }
    }

    #[test]
    fn the_message_of_a_call_is_its_last_string() {
        let text = "\ntrace!(task = %\"main\", \"poll\");\n trace!(\n  a = 1,\n  \"timer set\"\n);";
        assert_eq!(calls(text), [(2, "poll".to_owned()), (3, "timer set".to_owned())]);
    }
}

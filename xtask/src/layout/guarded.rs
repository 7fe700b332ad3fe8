//! Every test was seen to fail: `xtask/guards` says without what.

use crate::{
    guards::Record,
    layout::tally,
    report::{Failure, Report},
    steps::Workspace,
};

/// Checks that the record of what each test guards is complete, and about the code as it is now.
pub fn check(workspace: &Workspace, only: Option<u8>, report: &mut Report) {
    let last = workspace.steps.last().map(|step| step.meta.number);
    if only.is_some_and(|number| Some(number) != last) {
        return;
    }
    if !Record::exists(workspace) {
        report.skipped.push(
            "what the tests guard: there is no xtask/guards that says which change makes each fail"
                .to_owned(),
        );
        return;
    }
    let faults = Record::load(workspace).and_then(|record| record.faults(workspace));
    let places = faults.map(|faults| {
        faults.into_iter().map(|Failure { name, detail }| format!("{name}: {detail}")).collect()
    });
    tally(report, "every test was seen to fail", places);
}

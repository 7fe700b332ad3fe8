//! `cargo bench -p xtask-bench`: how long operations take on the last step's runtime, on tokio's and on smol's. Criterion
//! draws one chart for each operation, in `target/criterion/report/index.html`.

use std::time::Duration;

use criterion::{Criterion, SamplingMode, Throughput};
use ops::list;

#[path = "ops/mod.rs"]
mod ops;

fn operations(criterion: &mut Criterion) {
    for op in list::OPS {
        let mut group = criterion.benchmark_group(op.name);
        group.throughput(Throughput::Elements(op.units));
        if op.name == "timers-fire-10000" {
            // Most of its time is waiting, which criterion does not count.
            group.sampling_mode(SamplingMode::Flat).sample_size(10);
            group.measurement_time(Duration::from_millis(300));
        }
        for runtime in list::RUNTIMES {
            group.bench_function(runtime, |bencher| {
                bencher.iter_custom(|times| {
                    ops::run_on(runtime, op, times, 1).expect("it is one of the runtimes")
                });
            });
        }
        group.finish();
    }
}

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(50)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    operations(&mut criterion);
    criterion.final_summary();
}

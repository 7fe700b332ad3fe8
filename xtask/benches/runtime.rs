//! `cargo bench -p xtask`: how long things take on the last step's runtime, on tokio's and on smol's. Criterion draws the
//! three of them in one chart for each operation, in `target/criterion/report/index.html`.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};

#[path = "ops/mod.rs"]
mod ops;

fn operations(criterion: &mut Criterion) {
    for op in ops::OPS {
        let mut group = criterion.benchmark_group(op.name);
        group.throughput(Throughput::Elements(op.units));
        for runtime in ops::RUNTIMES {
            group.bench_function(runtime, |bencher| {
                bencher.iter_custom(|times| {
                    ops::run_on(runtime, op, times, 1).expect("it is one of the runtimes")
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, operations);
criterion_main!(benches);

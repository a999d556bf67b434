//! What a flag costs: `cargo bench -p burgee-eval`. A figure for the time of one evaluation divided
//! by its flags is the throughput beside it, turned over (10 Mitem/s are 100 ns a flag).
//!
//! The yardstick is one scalar SHA-1 of 40 bytes in the same run, since machines differ: flags with
//! one text condition and a percentage shall cost at most 1.5 of it, with a pattern or a version 2.5.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a benchmark of something that fails is none"
)]

mod mix;

use burgee_eval::{Given, Scratch, Selection, Snapshot, Subject, compile};
use burgee_model::{Facts, Timestamp};
use divan::{Bencher, black_box, counter::ItemsCount};
use sha1::{Digest, Sha1};

use mix::{DISTINCT_ID, Mix, PROPERTIES, definitions};

const FLAG_COUNTS: [i32; 4] = [1, 10, 100, 1_000];
const NOW: Timestamp = Timestamp::from_unix_millis(1_764_000_000_000);

/// As in the server.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

fn given() -> Given<'static> {
    Given {
        distinct_id: DISTINCT_ID,
        person_properties: Some(PROPERTIES),
        ..Given::default()
    }
}

fn evaluate(bencher: Bencher<'_, '_>, mix: Mix, flags: i32) {
    let (snapshot, _) = compile(&definitions(mix, flags));
    let (given, facts) = (given(), Facts::default());
    let plan = snapshot.plan(&Selection::default());
    let mut scratch = Scratch::default();
    snapshot.read_given(&given, &mut scratch).unwrap();
    let subject = Subject {
        given: &given,
        facts: &facts,
        now: NOW,
    };
    bencher
        .counter(ItemsCount::new(plan.len()))
        .bench_local(|| {
            snapshot.evaluate(&plan, black_box(&subject), &mut scratch, |evaluation| {
                black_box(evaluation);
            });
        });
}

#[divan::bench(args = FLAG_COUNTS)]
fn a_rollout(bencher: Bencher<'_, '_>, flags: i32) {
    evaluate(bencher, Mix::Rollout, flags);
}

#[divan::bench(args = FLAG_COUNTS)]
fn b_text_and_rollout(bencher: Bencher<'_, '_>, flags: i32) {
    evaluate(bencher, Mix::Text, flags);
}

#[divan::bench(args = FLAG_COUNTS)]
fn c_cohort_of_five(bencher: Bencher<'_, '_>, flags: i32) {
    evaluate(bencher, Mix::Cohort, flags);
}

#[divan::bench(args = FLAG_COUNTS)]
fn d_pattern_or_version(bencher: Bencher<'_, '_>, flags: i32) {
    evaluate(bencher, Mix::PatternOrVersion, flags);
}

#[divan::bench(args = FLAG_COUNTS)]
fn e_ten_shared_predicates(bencher: Bencher<'_, '_>, flags: i32) {
    evaluate(bencher, Mix::Shared, flags);
}

/// A hundred hashes, to be seen beside a hundred flags.
#[divan::bench]
fn yardstick_sha1_of_40_bytes(bencher: Bencher<'_, '_>) {
    const COUNT: u8 = 100;
    let inputs: Vec<[u8; 40]> = (0..COUNT).map(|at| [at; 40]).collect();
    bencher
        .counter(ItemsCount::new(inputs.len()))
        .bench_local(|| {
            for input in &inputs {
                black_box(Sha1::digest(black_box(input)));
            }
        });
}

/// Reading a dozen properties, eight of which some flag reads.
#[divan::bench]
fn read_given_twelve_properties(bencher: Bencher<'_, '_>) {
    let (snapshot, _) = compile(&definitions(Mix::Text, 100));
    read(bencher, &snapshot);
}

/// Reading a dozen properties that no flag reads.
#[divan::bench]
fn read_given_for_nothing(bencher: Bencher<'_, '_>) {
    let (snapshot, _) = compile(&definitions(Mix::Rollout, 100));
    read(bencher, &snapshot);
}

fn read(bencher: Bencher<'_, '_>, snapshot: &Snapshot) {
    let given = given();
    let mut scratch = Scratch::default();
    bencher.bench_local(|| {
        snapshot
            .read_given(black_box(&given), &mut scratch)
            .unwrap();
    });
}

/// Compiling a hundred flags with patterns and versions.
#[divan::bench]
fn compile_a_hundred_flags() -> Snapshot {
    compile(black_box(&definitions(Mix::PatternOrVersion, 100))).0
}

/// Compiling flags with a long list of texts each; a hundred are definitions of about 130 KB.
#[divan::bench(args = [100, 1_000])]
fn compile_long_lists(bencher: Bencher<'_, '_>, flags: i32) {
    let definitions = definitions(Mix::List, flags);
    bencher.bench_local(|| compile(black_box(&definitions)));
}

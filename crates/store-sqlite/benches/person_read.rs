//! throwaway
use burgee_model::*;
use burgee_store::*;
use burgee_store_sqlite::*;
use std::time::Instant;
fn cpu_us() -> u64 {
    let s = std::fs::read_to_string("/proc/self/schedstat").unwrap();
    let _ = s;
    let t = std::fs::read_to_string("/proc/self/stat").unwrap();
    let v: Vec<&str> = t.rsplit(')').next().unwrap().split_whitespace().collect();
    (v[11].parse::<u64>().unwrap() + v[12].parse::<u64>().unwrap()) * 10_000
}
fn q(i: u64) -> SubjectQuery {
    SubjectQuery {
        environment: EnvironmentId(1),
        distinct_id: format!("user-{}", i % 100_000),
        anon_distinct_id: None,
        person: true,
        groups: vec![],
        hash_keys: false,
        continuity_flags: vec![],
    }
}
fn main() {
    for (threads, mmap, readers) in [(1, 256u64 << 20, 1usize)] {
        let rt = if threads == 0 {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap()
        } else {
            tokio::runtime::Builder::new_multi_thread()
                .worker_threads(threads)
                .enable_all()
                .build()
                .unwrap()
        };
        let mut c = SqliteConfig::at(SqliteLocation::Memory);
        c.mmap_bytes_max = mmap;
        c.readers = readers;
        c.acquire_timeout_ms = 2000;
        let store = SqliteStore::open(&c).unwrap();
        rt.block_on(store.raw("INSERT INTO projects VALUES(1,'p'); INSERT INTO environments VALUES(1,1,'e','t','UTC',1,1);
    WITH RECURSIVE c(i) AS (SELECT 0 UNION ALL SELECT i+1 FROM c WHERE i<99999) INSERT INTO persons SELECT i+1,1,'{\"plan\":\"pro\",\"pad\":\"'||hex(zeroblob(700))||'\"}',0 FROM c;
    INSERT INTO person_distinct_ids SELECT 1,'user-'||(id-1),id FROM persons;".into())).unwrap();
        let n = 200_000u64;
        // sync
        for tx in [false, true] {
            let t = Instant::now();
            let c0 = cpu_us();
            rt.block_on(store.raw_read(move |c| {
                if tx {
                    c.execute_batch("BEGIN").unwrap();
                }
                for i in 0..n {
                    let r = burgee_store_sqlite::bench_read(c, &q(i * 7919)).unwrap();
                    assert!(r.facts.person.is_some());
                }
                if tx {
                    c.execute_batch("COMMIT").unwrap();
                }
            }))
            .unwrap();
            println!(
                "sync tx={tx} {:.2} us cpu {:.2}",
                t.elapsed().as_secs_f64() * 1e6 / n as f64,
                (cpu_us() - c0) as f64 / n as f64
            );
        }
        {
            let t = Instant::now();
            for i in 0..n {
                std::hint::black_box(q(i * 7919));
            }
            println!("q {:.2} us", t.elapsed().as_secs_f64() * 1e6 / n as f64);
        }
        for mode in [std::env::var("M").unwrap().parse::<i32>().unwrap()] {
            let t = Instant::now();
            let c0 = cpu_us();
            let label = match mode {
                0 => {
                    rt.block_on(async {
                        for i in 0..n / 10 {
                            let r = store.read_subject2(q(i * 7919)).await.unwrap();
                            assert!(r.facts.person.is_some());
                        }
                    });
                    "1 task"
                }
                1 => {
                    rt.block_on(async {
                        let mut s = vec![];
                        for k in 0..32u64 {
                            let store = store.clone();
                            s.push(tokio::spawn(async move {
                                for i in 0..n / 32 {
                                    let r =
                                        store.read_subject2(q((i * 32 + k) * 7919)).await.unwrap();
                                    assert!(r.facts.person.is_some());
                                }
                            }));
                        }
                        for h in s {
                            h.await.unwrap();
                        }
                    });
                    "32 tasks"
                }
                _ => {
                    rt.block_on(async {
                        let mut s = vec![];
                        for k in 0..32u64 {
                            let store = store.clone();
                            s.push(tokio::spawn(async move {
                                for i in 0..n / 32 {
                                    let x = Instant::now();
                                    while x.elapsed().as_micros() < 20 {}
                                    let r =
                                        store.read_subject2(q((i * 32 + k) * 7919)).await.unwrap();
                                    assert!(r.facts.person.is_some());
                                }
                            }));
                        }
                        for h in s {
                            h.await.unwrap();
                        }
                    });
                    "32 tasks+20us"
                }
            };
            let m = if mode == 0 { n / 10 } else { n };
            println!(
                "threads {threads} mmap {}M readers {readers} {label}: wall {:.2} us, cpu {:.2} us",
                mmap >> 20,
                t.elapsed().as_secs_f64() * 1e6 / m as f64,
                (cpu_us() - c0) as f64 / m as f64
            );
        }
    }
}

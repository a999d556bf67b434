//! The listener, byte by byte: connections that are kept, held, shared by several requests, left alone
//! or given up, by clients that may speak HTTP/1.0, 1.1 or 2.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};

use crate::running::{Folder, environment};
use crate::serving::{PATIENCE, Server, eventually};

const KEY: &str = "phs_of_connections";
const LIVENESS: &str = "GET /_liveness HTTP/1.1\r\nHost: a\r\n\r\n";

/// With these nothing ends by itself while a test has patience: what ends was ended.
const PATIENT: [&str; 6] = [
    "--network-head-timeout-ms",
    "3600000",
    "--push-hold-max-ms",
    "600000",
    "--shutdown-deadline-ms",
    "120000",
];

/// Longer than a test's patience.
const LONG: u32 = 600;

/// More than the buffers of a connection take.
const LARGE: usize = 12 << 20;

/// Bytes that a connection does not receive all at once with what comes first.
const TWO_PIECES: usize = 2_048;

/// An apply file with one flag, of which this much is to be told.
fn contents(payload: &str) -> String {
    let flag = json!([{"key": "beta", "filters": {"groups": [{}], "payloads": {"true": payload}}}]);
    environment(&format!(r#""secret_keys": ["{KEY}"], "flags": {flag}"#))
}

fn apply(folder: &Folder, payload: &str) {
    let file = folder.write("flags.json", &contents(payload));
    folder.run(&["apply", &file]).success();
}

fn serve(payload: &str, arguments: &[&str]) -> (Folder, Server) {
    let folder = Folder::new();
    apply(&folder, payload);
    let server = Server::start(&folder, arguments);
    (folder, server)
}

/// A poll for definitions: the end of its first line, and the headers that it has of its own.
fn poll(version: &str, headers: &str) -> String {
    format!(
        "GET /flags/definitions?token=phc_acme {version}\r\nHost: a\r\n\
         Authorization: Bearer {KEY}\r\n{headers}\r\n"
    )
}

fn plain_poll() -> String {
    poll("HTTP/1.1", "")
}

/// A poll by whoever has `etag` and would wait for `seconds`.
fn held_poll(etag: &str, seconds: u32) -> String {
    poll("HTTP/1.1", &wish(etag, seconds))
}

fn wish(etag: &str, seconds: u32) -> String {
    format!("If-None-Match: {etag}\r\nPrefer: wait={seconds}\r\n")
}

/// One connection.
struct Client {
    stream: BufReader<TcpStream>,
}

#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Client {
    fn connect(server: &Server) -> Self {
        let stream = TcpStream::connect(&server.address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self {
            stream: BufReader::new(stream),
        }
    }

    fn sending(server: &Server, bytes: impl AsRef<[u8]>) -> Self {
        let mut client = Self::connect(server);
        client.send(bytes);
        client
    }

    /// In one write.
    fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.get_mut().write_all(bytes.as_ref()).unwrap();
    }

    /// Sends a part, and gives it time to be received as a part.
    fn send_part(&mut self, bytes: impl AsRef<[u8]>) {
        self.send(bytes);
        let pause = Some(Duration::from_millis(50));
        self.stream.get_ref().set_read_timeout(pause).unwrap();
        let kind = self.stream.read(&mut [0]).unwrap_err().kind();
        assert!(matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut));
        let patience = Some(PATIENCE);
        self.stream.get_ref().set_read_timeout(patience).unwrap();
    }

    fn answer(&mut self) -> Answer {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            let read = self.stream.read_line(&mut head).unwrap();
            assert_ne!(read, 0, "the connection ended after {head:?}");
        }
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut answer = Answer {
            status,
            head,
            body: Vec::new(),
        };
        let length = answer.header("content-length").map(str::parse::<usize>);
        assert_eq!(length.is_none(), status == 304, "{}", answer.head);
        answer.body = vec![0; length.map_or(0, Result::unwrap)];
        self.stream.read_exact(&mut answer.body).unwrap();
        answer
    }

    fn ask(&mut self, request: impl AsRef<[u8]>) -> Answer {
        self.send(request);
        self.answer()
    }

    fn etag(&mut self) -> String {
        self.ask(plain_poll()).header("etag").unwrap().to_owned()
    }

    /// A frame of HTTP/2: its type and what it says.
    fn frame(&mut self) -> (u8, Vec<u8>) {
        let mut head = [0; 9];
        self.stream.read_exact(&mut head).unwrap();
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut said = Vec::new();
        let mut frame = self.stream.by_ref().take(length.into());
        frame.read_to_end(&mut said).unwrap();
        (head[3], said)
    }

    /// The server closes the connection, and says nothing before.
    fn ends(&mut self, what: &str) {
        let mut rest = String::new();
        self.stream.read_to_string(&mut rest).expect(what);
        assert_eq!(rest, "", "{what}");
    }
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    fn flag_payload(&self) -> Value {
        let document: Value = serde_json::from_slice(&self.body).unwrap();
        document["flags"][0]["filters"]["payloads"]["true"].clone()
    }

    /// That nothing changed in the second that it was held.
    fn says_time_is_up(&self) {
        assert_eq!(self.status, 304, "{self:?}");
        assert_eq!(self.header("preference-applied"), Some("wait=1"));
        assert!(self.header("date").unwrap().ends_with(" GMT"), "{self:?}");
    }
}

fn waiting(server: &Server, count: usize) {
    let line = format!("burgee_waiting {count}");
    eventually(&line, || {
        let (_, metrics) = server.request("GET", "/metrics", "");
        metrics.lines().any(|one| one == line)
    });
}

#[test]
fn a_connection_on_which_a_poll_was_held_answers_on() {
    let (_folder, server) = serve("1", &PATIENT);
    let mut client = Client::connect(&server);
    let etag = client.etag();
    // Begins with a poll that is held, and holds at once again.
    let mut other = Client::connect(&server);
    for _ in 0..2 {
        other.send(held_poll(&etag, 1));
        let answer = client.ask(held_poll(&etag, 1));
        answer.says_time_is_up();
        assert_eq!(answer.header("etag"), Some(&*etag));
        assert_eq!(answer.header("connection"), None);
        assert_eq!(client.ask(LIVENESS).status, 200);
        other.answer().says_time_is_up();
    }
}

#[test]
fn a_change_answers_a_held_poll_with_the_whole_document() {
    let (folder, server) = serve("1", &PATIENT);
    let mut client = Client::connect(&server);
    let mut etag = client.etag();
    for payload in ["2", "3"] {
        client.send(held_poll(&etag, LONG));
        waiting(&server, 1);
        apply(&folder, payload);
        let answer = client.answer();
        assert_eq!(answer.status, 200);
        assert_eq!(answer.flag_payload(), payload);
        assert_eq!(answer.header("preference-applied"), Some("wait=600"));
        let newer = answer.header("etag").unwrap();
        assert_ne!(newer, etag);
        etag = newer.to_owned();
        // With nothing left of the body, the next answer is well-formed.
        let current = client.ask(plain_poll());
        assert_eq!(current.header("etag"), Some(&*etag));
        assert_eq!(current.body, answer.body);
    }
}

#[test]
fn a_change_reaches_whole_whoever_takes_it_late() {
    let (folder, server) = serve("1", &PATIENT);
    let etag = Client::connect(&server).etag();
    let mut late = Client::sending(&server, held_poll(&etag, LONG));
    waiting(&server, 1);
    let payload = "a".repeat(LARGE);
    apply(&folder, &payload);
    // What the connection takes is on its way, and the rest holds nobody up.
    waiting(&server, 0);
    assert!(Client::connect(&server).ask(plain_poll()).flag_payload() == *payload);
    assert!(late.answer().flag_payload() == *payload);
    assert_eq!(late.ask(LIVENESS).status, 200);
}

#[test]
fn a_browser_may_see_what_a_held_poll_is_answered() {
    let (folder, server) = serve("1", &PATIENT);
    let etag = Client::connect(&server).etag();
    let [origin, other] = ["https://a.example", "https://b.example"];
    let held = [origin, origin, other].map(|origin| {
        let headers = wish(&etag, LONG) + &format!("Origin: {origin}\r\n");
        (Client::sending(&server, poll("HTTP/1.1", &headers)), origin)
    });
    waiting(&server, 3);
    apply(&folder, "2");
    for (mut client, origin) in held {
        let answer = client.answer();
        assert_eq!(answer.flag_payload(), "2");
        let allowed = answer.header("access-control-allow-origin");
        assert_eq!(allowed, Some(origin));
    }
}

#[test]
fn a_request_that_came_while_a_poll_was_held_is_answered_after_a_change() {
    let (folder, server) = serve("1", &PATIENT);
    let held = held_poll(&Client::connect(&server).etag(), LONG);
    let mut client = Client::sending(&server, held + LIVENESS);
    waiting(&server, 1);
    apply(&folder, "2");
    assert_eq!(client.answer().flag_payload(), "2");
    assert_eq!(client.answer().status, 200);
}

#[test]
fn requests_that_are_sent_together_are_answered_in_their_order() {
    let (_folder, server) = serve("1", &PATIENT);
    let held = held_poll(&Client::connect(&server).etag(), 1);
    let (begin, end) = held.split_at(held.len() / 2);
    let [mut short, mut long, mut parted] = [
        [LIVENESS, &held, LIVENESS].concat(),
        [&*plain_poll(), &held, &held, &plain_poll()].concat(),
        [&held, begin].concat(),
    ]
    .map(|sent| Client::sending(&server, sent));
    assert_eq!(short.answer().status, 200);
    short.answer().says_time_is_up();
    assert_eq!(short.answer().status, 200);

    assert_eq!(long.answer().flag_payload(), "1");
    long.answer().says_time_is_up();
    long.answer().says_time_is_up();
    assert_eq!(long.answer().flag_payload(), "1");

    parted.answer().says_time_is_up();
    parted.ask(end).says_time_is_up();
}

#[test]
fn an_answer_that_fills_the_connection_comes_whole_before_a_poll_is_held() {
    let payload = "a".repeat(LARGE);
    let (_folder, server) = serve(&payload, &PATIENT);
    let etag = Client::connect(&server).etag();
    // Of a body that nobody reads, hyper takes one piece before the answer and the next one while the
    // answer is on its way: then it looks at the next request.
    let body = "a".repeat(TWO_PIECES);
    let with_body = poll("HTTP/1.1", &format!("Content-Length: {TWO_PIECES}\r\n")) + &body;
    for large in [plain_poll(), with_body] {
        let mut client = Client::sending(&server, large + &held_poll(&etag, 1));
        // Meanwhile the first answer has filled what there is between the two.
        waiting(&server, 0);
        assert!(client.answer().flag_payload() == *payload);
        client.answer().says_time_is_up();
        assert_eq!(client.ask(LIVENESS).status, 200);
    }
}

#[test]
fn a_poll_may_be_the_last_of_its_connection() {
    let (_folder, server) = serve("1", &PATIENT);
    let etag = Client::connect(&server).etag();
    let table = [
        ("HTTP/1.1", "Connection: close\r\n", false),
        ("HTTP/1.1", "Connection: Close\r\n", false),
        ("HTTP/1.0", "", false),
        ("HTTP/1.0", "Connection: keep-alive\r\n", true),
        ("HTTP/1.1", "Connection: keep-alive\r\n", true),
        ("HTTP/1.1", "Connection: Keep-Alive\r\n", true),
        ("HTTP/1.1", "Content-Length: 0\r\n", true),
    ];
    let held = table.map(|(version, header, is_kept)| {
        let client = Client::sending(&server, poll(version, &(wish(&etag, 1) + header)));
        (client, format!("{version} {header}"), is_kept)
    });
    for (mut client, what, is_kept) in held {
        client.answer().says_time_is_up();
        if is_kept {
            assert_eq!(client.ask(LIVENESS).status, 200, "{what}");
        } else {
            client.ends(&what);
        }
    }
}

#[test]
fn a_client_that_hangs_up_takes_no_place_any_more() {
    let (_folder, server) = serve("1", &PATIENT);
    let etag = Client::connect(&server).etag();
    for (version, header) in [
        ("HTTP/1.1", ""),
        ("HTTP/1.1", "Connection: close\r\n"),
        ("HTTP/1.0", ""),
    ] {
        let client = Client::sending(&server, poll(version, &(wish(&etag, LONG) + header)));
        waiting(&server, 1);
        drop(client);
        waiting(&server, 0);
    }
}

#[test]
fn a_server_that_stops_answers_who_is_held_and_closes_every_connection() {
    let (folder, server) = serve("1", &PATIENT);
    let silent = Client::connect(&server);
    let mut idle = Client::connect(&server);
    let mut idle_after_a_change = Client::connect(&server);
    idle_after_a_change.send(held_poll(&idle.etag(), LONG));
    waiting(&server, 1);
    apply(&folder, "2");
    assert_eq!(idle_after_a_change.answer().flag_payload(), "2");
    let etag = idle.etag();
    let mut idle_after_a_hold = Client::connect(&server);
    idle_after_a_hold.ask(held_poll(&etag, 1)).says_time_is_up();
    let mut held = Client::sending(&server, held_poll(&etag, LONG));
    waiting(&server, 1);

    // It ends only when they are closed, so they are looked at meanwhile.
    let stopped = std::thread::spawn(|| server.stop());
    let answer = held.answer();
    assert_eq!(answer.status, 304);
    let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=4).contains(&seconds), "{seconds}");
    for (what, mut client) in [
        ("held", held),
        ("silent", silent),
        ("idle", idle),
        ("idle after a hold", idle_after_a_hold),
        ("idle after a change", idle_after_a_change),
    ] {
        client.ends(what);
    }
    assert_eq!(stopped.join().unwrap(), Some(0));
}

#[test]
fn who_sends_no_request_in_time_is_given_up() {
    let (_folder, server) = serve("1", &["--network-head-timeout-ms", "100"]);
    let mut idle_after_a_hold = Client::connect(&server);
    let held = held_poll(&idle_after_a_hold.etag(), 1);
    let mut half_after_a_hold = Client::connect(&server);
    let (half, _) = LIVENESS.split_at(LIVENESS.len() / 2);
    half_after_a_hold.send([&held, half].concat());
    // A poll is held for longer than a head may take.
    idle_after_a_hold.ask(&held).says_time_is_up();
    half_after_a_hold.answer().says_time_is_up();

    let silent = Client::connect(&server);
    let [half_a_head, half_a_preface, mut idle] =
        [half, "PRI * HT", LIVENESS].map(|sent| Client::sending(&server, sent));
    assert_eq!(idle.answer().status, 200);
    for (what, mut client) in [
        ("idle after a hold", idle_after_a_hold),
        ("half a head after a hold", half_after_a_hold),
        ("silent", silent),
        ("half a head", half_a_head),
        ("half a preface", half_a_preface),
        ("idle", idle),
    ] {
        client.ends(what);
    }
}

#[test]
fn who_was_told_of_a_change_and_sends_no_other_request_is_given_up() {
    let short = [
        "--network-head-timeout-ms",
        "100",
        "--push-hold-max-ms",
        "600000",
    ];
    let (folder, server) = serve("1", &short);
    let etag = Client::connect(&server).etag();
    let mut held = Client::sending(&server, held_poll(&etag, LONG));
    waiting(&server, 1);
    apply(&folder, "2");
    assert_eq!(held.answer().flag_payload(), "2");
    held.ends("long before it would have been answered without a change");
}

#[test]
fn http2_is_spoken_to_whoever_begins_with_its_preface() {
    let (_folder, server) = serve("1", &PATIENT);
    let mut client = Client::connect(&server);
    client.send_part("PRI * HT");
    let settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    client.send([b"TP/2.0\r\n\r\nSM\r\n\r\n", &settings[..]].concat());
    assert_eq!(client.frame().0, 4, "SETTINGS");
    // HEADERS of stream 1, its last frame: `:method: GET`, `:scheme: http` and `:path` (RFC 7541).
    let headers = [0, 0, 14, 1, 5, 0, 0, 0, 1, 0x82, 0x86, 0x04, 10];
    client.send([&headers[..], b"/_liveness"].concat());
    let status = loop {
        if let (1, headers) = client.frame() {
            break headers[0];
        }
    };
    assert_eq!(status, 0x88, "`:status: 200`");
}

#[test]
fn what_only_begins_like_the_preface_of_http2_is_answered_as_http1() {
    let (_folder, server) = serve("1", &PATIENT);
    for (begin, end) in [
        ("", "PRI /x HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("PRI ", "/x HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("PRI * HT", "TP/1.1\r\nHost: a\r\n\r\n"),
        ("P", "UT /_liveness HTTP/1.1\r\nHost: a\r\n\r\n"),
    ] {
        let mut client = Client::connect(&server);
        client.send_part(begin);
        let answer = client.ask(end);
        assert!(
            answer.head.starts_with("HTTP/1.1 4"),
            "{begin}{end}{answer:?}"
        );
    }
    let mut client = Client::sending(&server, "PRI * HT");
    client.stream.get_ref().shutdown(Shutdown::Write).unwrap();
    client.ends("half a preface is all");
}

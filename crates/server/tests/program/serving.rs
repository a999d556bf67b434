//! `burgee serve`: what a new machine begins with, what is taken over while serving, how it ends.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::running::{Folder, environment};

/// Longest wait for a server to do what it should, in seconds.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// Looks again and again, with an end.
#[expect(
    clippy::disallowed_methods,
    reason = "a test of a program waits for it, with an end"
)]
pub(crate) fn eventually(what: &str, mut look: impl FnMut() -> bool) {
    let began = Instant::now();
    while !look() {
        assert!(began.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A server under test; killed if the test does not stop it.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: String,
    /// What it printed so far.
    greeting: String,
    output: Receiver<String>,
}

impl Server {
    pub(crate) fn start(folder: &Folder, arguments: &[&str]) -> Self {
        let all = [&["serve", "--listen", "127.0.0.1:0"], arguments].concat();
        Self::start_command(folder.command(&all))
    }

    pub(crate) fn start_command(mut command: Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        let (lines, output) = channel();
        let stdout = BufReader::new(process.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let _ = lines.send(line);
            }
        });
        let mut greeting = String::new();
        let address = loop {
            let line = output
                .recv_timeout(PATIENCE)
                .expect("the server says where it is");
            greeting.push_str(&line);
            greeting.push('\n');
            if let Some((_, address)) = line.split_once("Burgee serves at http://") {
                break address.to_owned();
            }
        };
        Self {
            process,
            address,
            greeting,
            output,
        }
    }

    /// Waits until it has printed `text`, and no longer than it prints anything.
    fn prints(&mut self, text: &str) -> bool {
        while !self.greeting.contains(text) {
            let Ok(line) = self.output.recv_timeout(PATIENCE) else {
                return false;
            };
            self.greeting.push_str(&line);
            self.greeting.push('\n');
        }
        true
    }

    /// Status and body.
    pub(crate) fn request(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}",
            self.address
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        (status, body.to_owned())
    }

    fn flags(&self, token: &str, distinct_id: &str) -> Value {
        let body = json!({"token": token, "distinct_id": distinct_id}).to_string();
        let (status, answer) = self.request("POST", "/flags?v=2", &body);
        assert_eq!(status, 200, "{answer}");
        serde_json::from_str(&answer).unwrap()
    }

    /// Stops as an operator does; gives the exit code.
    pub(crate) fn stop(mut self) -> Option<i32> {
        let pid = self.process.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .unwrap()
                .success()
        );
        self.process.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_new_machine_has_a_demo_whose_curl_answers() {
    let folder = Folder::new();
    let mut server = Server::start(&folder, &[]);
    assert!(server.prints("The demo project's token is phc_burgee_demo"));
    assert!(folder.path().join("burgee.db").exists());
    let curl = format!(
        "curl -s 'http://{}/flags?v=2' -H 'content-type: application/json' -d '{{\"token\": \"phc_burgee_demo\", \"distinct_id\": \"ada\"}}'",
        server.address
    );
    assert!(server.prints(&curl), "{}", server.greeting);
    let answer = server.flags("phc_burgee_demo", "ada");
    assert_eq!(answer["flags"].as_object().unwrap().len(), 5);
    assert_eq!(answer["flags"]["support-chat"]["enabled"], true);
    assert_eq!(server.stop(), Some(0));

    let mut again = Server::start(&folder, &[]);
    assert!(again.prints("curl -s"), "it can be tried again");
    assert!(
        !again.greeting.contains("is applied"),
        "the demo is loaded once"
    );
}

#[test]
fn with_a_file_to_apply_there_is_no_demo() {
    let folder = Folder::new();
    let flag = r#""flags": [{"key": "a", "active": true, "filters": {"groups": [{}]}}]"#;
    folder.write("flags.json", &environment(flag));
    let arguments = ["--apply", "flags.json", "--database", "sqlite::memory:"];
    let mut server = Server::start(&folder, &arguments);
    assert_eq!(server.flags("phc_acme", "u")["flags"]["a"]["enabled"], true);
    assert_eq!(
        server
            .request(
                "POST",
                "/flags?v=2",
                r#"{"token": "phc_burgee_demo", "distinct_id": "u"}"#
            )
            .0,
        401
    );
    assert_eq!(server.request("GET", "/_readiness", "").0, 200);
    assert_eq!(server.request("GET", "/metrics", "").0, 200);
    server.process.kill().unwrap();
    assert!(!server.prints("demo"), "{}", server.greeting);
}

#[test]
fn a_file_to_apply_that_is_refused_keeps_the_server_from_starting() {
    let folder = Folder::new();
    folder.write("flags.json", &environment(r#""flgas": []"#));
    let ran = folder.run(&["serve", "--listen", "127.0.0.1:0", "--apply", "flags.json"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr
            .contains("projects[0].environments[0].flgas: unknown field"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_running_server_takes_an_apply_over() {
    let folder = Folder::new();
    let flag = |active: bool| {
        let flag = json!([{"key": "a", "active": active, "filters": {"groups": [{}]}}]);
        environment(&format!(r#""flags": {flag}"#))
    };
    folder.write("flags.json", &flag(false));
    folder.run(&["apply", "flags.json"]).success();
    let server = Server::start(&folder, &[]);
    assert_eq!(server.flags("phc_acme", "u")["flags"], json!({}));
    folder.write("flags.json", &flag(true));
    folder.run(&["apply", "flags.json"]).success();
    eventually("it is taken over", || {
        server.flags("phc_acme", "u")["flags"]["a"]["enabled"] == true
    });
    assert_eq!(server.stop(), Some(0));
}

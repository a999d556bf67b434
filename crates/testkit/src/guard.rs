//! A shell script that holds servers: it stops them when this process ends, in whichever way, because
//! statics are never dropped and a test may be killed.
//!
//! The script learns of the end by its standard input, which closes with the process that holds the
//! other end. Until then it takes orders there, a line each, and says each when it is done.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, Read, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Mutex, PoisonError},
};

/// A running script.
#[derive(Debug)]
pub(crate) struct Guard {
    shell: Child,
    /// Orders, and what the script says. Closing it ends the script and what it holds.
    line: Mutex<Option<(ChildStdin, BufReader<ChildStdout>)>>,
}

impl Guard {
    /// Runs `script`, which finds itself in the variable `GUARD`, and returns the first line that it
    /// says: it says one once its servers are ready, and none if they never are.
    pub(crate) fn start<A: AsRef<OsStr>>(
        script: &str,
        arguments: impl IntoIterator<Item = A>,
        variables: &[(&str, &str)],
    ) -> (Self, String) {
        let mut shell = Command::new("sh")
            .args(["-c", script, "guard"])
            .args(arguments)
            .env("GUARD", script)
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a shell");
        let orders = shell.stdin.take().expect("its input");
        let mut said = String::new();
        let mut output = BufReader::new(shell.stdout.take().expect("its output"));
        output.read_line(&mut said).expect("text");
        if said.is_empty() {
            let mut why = String::new();
            let errors = shell.stderr.take();
            let _ = errors.expect("its errors").read_to_string(&mut why);
            panic!("the server does not start: {why}");
        }
        let guard = Self {
            shell,
            line: Mutex::new(Some((orders, output))),
        };
        (guard, said.trim_end().to_owned())
    }

    /// Has `order` done.
    pub(crate) fn order(&self, order: &str) {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        let (orders, output) = line.as_mut().expect("a server that is not dropped");
        writeln!(orders, "{order}").expect("a guard");
        let mut said = String::new();
        output.read_line(&mut said).expect("text");
        assert_eq!(said.trim_end(), order);
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let line = self.line.get_mut().unwrap_or_else(PoisonError::into_inner);
        drop(line.take());
        // Waited for, so that what comes next does not meet the server in its last moments.
        let _ = self.shell.wait();
    }
}

/// Says aloud that tests are skipped because `server` is not installed; under `CI=true` that fails.
pub(crate) fn skip(server: &str, package: &str) {
    #[expect(clippy::disallowed_methods, reason = "whether a skip is allowed")]
    let is_required = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!is_required, "{server} is not installed");
    #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
    {
        eprintln!("SKIPPED: {server} is not installed (apt-get install {package})");
    }
}
